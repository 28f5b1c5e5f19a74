"""What is told of invoices and credit notes."""

from collections.abc import Sequence
from typing import Any

from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import State
from tollbook.kernel.money import plain
from tollbook.notifications.actions import News, tell, tell_many


def issued(invoices: Sequence[Invoice]) -> None:
    """Tell that these were issued; and of those that were paid before, that they are paid."""
    tell_many("invoice.issued", [_news(invoice) for invoice in invoices])
    if settled := [_news(invoice) for invoice in invoices if invoice.state == State.PAID]:
        tell_many("invoice.paid", settled)


def paid(invoice: Invoice) -> None:
    """Tell that nothing of it is open any more."""
    tell("invoice.paid", invoice.customer_id, invoice.public_id, _fields(invoice))


def credited(note: Invoice) -> None:
    """Tell that a credit note was issued."""
    fields = {
        "number": note.label,
        "total": plain(note.total),
        "currency": note.currency,
        "issued_on": _day(note.issued_on),
        "invoice": note.corrects.public_id if note.corrects is not None else None,
    }
    tell("credit_note.issued", note.customer_id, note.public_id, fields)


def _news(invoice: Invoice) -> News:
    return News(invoice.customer_id, invoice.public_id, _fields(invoice))


def _fields(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.label,
        "total": plain(invoice.total),
        "open": plain(invoice.open),
        "currency": invoice.currency,
        "issued_on": _day(invoice.issued_on),
        "due_on": _day(invoice.due_on),
    }


def _day(day: Any) -> str:
    return str(day.isoformat())
