"""An invoice is settled after its issue: what is still open of it, and the state that follows. Why money moves, and the
postings, are the payments room's.
"""

from decimal import Decimal

from tollbook.base.tasks import action
from tollbook.invoicing import news
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import TABLE, State
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.states import move

_SETTLED = (State.PAID, State.WRITTEN_OFF)


def locked(invoice_id: int) -> Invoice:
    """The invoice, locked until the transaction ends; NotFound "invoice_not_found"."""
    found = Invoice.objects.select_for_update(no_key=True).defer("content").filter(pk=invoice_id).first()
    if found is None:
        raise NotFound("invoice_not_found", f"there is no invoice {invoice_id}", param="invoice")
    return found


@action
def settle(invoice_id: int, amount: Decimal, event: str = "pay") -> Invoice:
    """Settle `amount` more of an invoice, in its currency; a negative amount takes back what had settled it.

    With nothing left open the invoice becomes what `event` ("pay", "write_off") makes it; with something open again it
    is issued as before. Refused "invoice_not_open" (a draft, void, or a credit note), "more_than_open",
    "less_than_settled".
    """
    invoice = locked(invoice_id)
    if not invoice.demands or invoice.state in (State.DRAFT, State.VOID):
        message = f"invoice {invoice}: it is {invoice.state}; only an issued invoice can be settled"
        raise Refused("invoice_not_open", message, param="invoice")
    left = invoice.open
    if amount > left:
        message = f"amount: {amount} {invoice.currency} is more than the {left} that invoice {invoice} asks for"
        raise Refused("more_than_open", message, param="amount", open=str(left))
    if invoice.settled + amount < 0:
        message = f"amount: {-amount} {invoice.currency} is more than the {invoice.settled} that settled {invoice}"
        raise Refused("less_than_settled", message, param="amount")
    before = invoice.state
    invoice.settled += amount
    invoice.state = _state(invoice, amount, event)
    invoice.save(update_fields=["settled", "state"])
    if invoice.state == State.PAID != before:
        news.paid(invoice)
    return invoice


def _state(invoice: Invoice, amount: Decimal, event: str) -> str:
    if not invoice.open:
        if not invoice.settled and not invoice.prepaid:
            # Credited wholly, and nobody has paid of it in the end: as if it had been credited before it was settled.
            return move(TABLE, invoice.state, "void")
        if amount < 0:
            return invoice.state
        return invoice.state if invoice.state in _SETTLED else move(TABLE, invoice.state, event)
    return move(TABLE, invoice.state, "reopen") if invoice.state in _SETTLED else invoice.state
