"""The proforma of an order: what it costs at once as a document to pay by, before there is an invoice.

It is the estimate itself, and like every proforma counts nothing in the books; it bears the order's id and no number,
since orders that nobody places would use numbers up.
"""

from datetime import datetime, timedelta

from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.stored import from_json, to_json
from tollbook.invoicing.drafting import DraftInvoice
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.invoicing.telling import content
from tollbook.kernel.errors import Refused
from tollbook.kernel.times import zone_info
from tollbook.orders.models import Order
from tollbook.orders.queries import payment_of
from tollbook.orders.rules import Payment, State

_BEFORE = (State.DRAFT, State.PLACED)


def told(draft: DraftInvoice, order_id: str, at: datetime) -> str:
    """The content of the proforma over an order's draft invoice, as documents are stored. Dated by the brand's day."""
    on = at.astimezone(zone_info(draft.brand.zone)).date()
    draft.reason = f"Estimate of order {order_id}. The order is set up when it is placed and paid."
    return to_json(content(draft, order_id, on, on + timedelta(days=draft.brand.payment_days), "proforma"))


def offers_paper(order: Order) -> bool:
    """Whether there is a proforma to give: something is to be paid first, and is not paid yet."""
    if not order.paper:
        return False
    if order.state in _BEFORE:
        return (order.payment or payment_of(order.customer)) == Payment.FIRST
    waits = order.state == State.ACCEPTED and order.invoice is not None and order.invoice.state == InvoiceState.ISSUED
    return waits and order.payment == Payment.FIRST


def paper_of(order: Order) -> Content:
    """The proforma of an order (with customer and invoice loaded); Refused "no_proforma" where there is none."""
    if not offers_paper(order):
        message = f"order {order.public_id}: nothing of it waits to be paid first"
        raise Refused("no_proforma", message, param="order")
    return from_json(order.paper)
