"""Orders that are to be paid first and are not: their customers are reminded once, and then they are cancelled."""

from datetime import datetime

from django.db.models import QuerySet

from tollbook.base.tasks import action
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.orders import queries
from tollbook.orders.actions import cancel
from tollbook.orders.drafting import By, audit, locked_order
from tollbook.orders.models import Order
from tollbook.orders.rules import State
from tollbook.payments.applying import locked_customer
from tollbook.payments.queries import under_way

LIMIT = 500


def run_due(at: datetime) -> tuple[int, int]:
    """Remind of and cancel what is due at `at`, each order in a transaction of its own; how many of each."""
    reminded = sum(_remind(each, at) for each in _ids(queries.to_remind(at)))
    return reminded, sum(_expire(each, at) for each in _ids(queries.unpaid(at)))


def _ids(rows: QuerySet[Order]) -> list[str]:
    return list(rows.values_list("public_id", flat=True)[:LIMIT])


@action
def _remind(order_id: str, at: datetime) -> bool:
    """Write the reminder into the order's history, once; the customer's portal shows it as long as it waits."""
    order = _locked(order_id)
    if not _unpaid(order) or order.remind_at is None or order.remind_at > at or order.pay_by is None:
        return False
    order.remind_at = None
    order.save(update_fields=["remind_at"])
    audit("remind", order, By(), {"pay_by": f"{order.pay_by:%Y-%m-%d}"})
    return True


@action
def _expire(order_id: str, at: datetime) -> bool:
    """Cancel it, unless it is paid by now or a payment of it is under way: that ends first."""
    order = _locked(order_id)
    if not _unpaid(order) or order.pay_by is None or order.pay_by > at:
        return False
    if order.invoice is not None and under_way(order.invoice) is not None:
        return False
    cancel(order_id, reason=f"Not paid by {order.pay_by:%Y-%m-%d}", by=By())
    return True


def _locked(order_id: str) -> Order:
    """The order, and its customer: no payment of it is booked meanwhile."""
    order = locked_order(order_id)
    locked_customer(order.customer_id)
    return order


def _unpaid(order: Order) -> bool:
    return order.state == State.ACCEPTED and order.invoice is not None and order.invoice.state == InvoiceState.ISSUED
