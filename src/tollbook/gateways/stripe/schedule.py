"""When Stripe's book is read."""

from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.gateways.stripe.reconciling import reconcile_all


def _reconcile(at: datetime) -> None:
    reconcile_all()


SCHEDULE = [Every("gateway_stripe.reconcile", timedelta(hours=6), _reconcile, calls_out=True)]
