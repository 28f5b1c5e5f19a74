"""What is told of payments and refunds."""

from datetime import datetime

from tollbook.kernel.money import plain
from tollbook.notifications.actions import tell
from tollbook.payments.models import Payment, Refund
from tollbook.payments.rules import State


def ended(payment: Payment, at: datetime) -> None:
    """Tell that a payment has arrived or failed; one that nobody made is not told of."""
    if payment.state == State.FAILED:
        fields = {"amount": plain(payment.amount), "currency": payment.currency, "note": payment.note}
        tell("payment.failed", payment.customer_id, payment.public_id, fields, at)
    elif payment.state == State.SUCCEEDED:
        got = {"amount": plain(payment.captured), "currency": payment.captured_currency, "gateway": payment.gateway}
        tell("payment.received", payment.customer_id, payment.public_id, got, at)


def refunded(refund: Refund, at: datetime) -> None:
    """Tell that money was given back."""
    payment = refund.payment
    fields = {"amount": plain(refund.amount), "currency": payment.captured_currency, "payment": payment.public_id}
    tell("refund.done", refund.customer_id, refund.public_id, fields, at)
