"""What payments show on pages of other rooms: the dashboard, a customer, an invoice; and writing an invoice off."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.customers.models import Customer
from tollbook.identity.access import proven_again, staff_page
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money
from tollbook.payments import queries
from tollbook.payments.approvals import ask_write_off, needs_two
from tollbook.payments.disputes import undo_write_off, write_off
from tollbook.payments.models import Dispute, Payment, Refund
from tollbook.payments.staff.forms import MONEY, Field, Form, acted, by_of, key_in
from tollbook.payments.staff.payments import COLUMNS, amount_of, href
from tollbook.web.panels import Notice
from tollbook.web.parts import Part, Rows, Stat
from tollbook.web.people import asked
from tollbook.web.sockets import Found
from tollbook.web.tables import Column
from tollbook.web.templatetags.web import money

SHOWN = 8


def _waiting() -> int:
    payments = Payment.objects.filter(queued_at__isnull=False).count()
    refunds = Refund.objects.filter(queued_at__isnull=False).count()
    return payments + refunds + Dispute.objects.filter(state="open").count()


def waiting(now: datetime) -> Iterable[Stat]:
    """How much waits for people."""
    count = _waiting()
    href_ = reverse("staff-payments:queue")
    yield Stat("Payments for people", count, "quantity", "Unknown, differing, by hand", href_, "warn" if count else "")


def notices(request: HttpRequest) -> Iterable[Notice]:
    """That something waits for people."""
    if count := _waiting():
        text = "Payments, refunds or disputes that no program can end."
        title = f"{count} payment{'' if count == 1 else 's'} to look at"
        yield Notice("warn", title, text, reverse("staff-payments:queue"), "Look at them")


def credit_of(customer: Customer) -> Iterable[Stat]:
    """What the customer has paid and not used."""
    found = queries.credit(customer)
    first, kind = (found[0], "money") if found else ("None", "text")
    yield Stat("Credit", first, kind, "Paid, and not used", more=found[1:])


def of_customer(customer: Customer) -> Iterable[Part]:
    """A customer's latest payments."""
    more = ("All payments", reverse("staff-payments:list") + f"?q={customer.name}")
    yield Rows("Payments", COLUMNS, queries.of_customer(customer)[:SHOWN], "This customer has paid nothing.", more)


_SETTLED = [
    Column("Payment", lambda row: row[0].payment.public_id, "mono", href=lambda row: href(row[0].payment)),
    Column("When", lambda row: row[0].at, "instant"),
    Column("Amount", lambda row: Money(row[1], row[0].invoice.currency), "money"),
]
_WRITTEN_OFF = [
    Column("When", lambda w: w.at, "instant"),
    Column("Why", lambda w: w.reason),
    Column("Amount", lambda w: Money(w.amount, w.invoice.currency), "money"),
]


def of_invoice(invoice: Invoice) -> Iterable[Part]:
    """What settles an invoice, and giving it up."""
    yield Rows("Settled by", _SETTLED, queries.settled_by(invoice), "Nothing has been paid of it.", wide=False)
    stands = queries.written_off(invoice)
    if invoice.write_offs.exists():
        rows = invoice.write_offs.select_related("invoice").order_by("pk")
        yield Rows("Written off", _WRITTEN_OFF, rows, wide=False)
    why = [Field("reason", "Reason")]
    if stands is not None:
        yield Form(
            "Expect it again", reverse("staff-payments:expect", args=[invoice.public_id]), why, "Expect it again"
        )
    elif invoice.state == "issued" and invoice.demands:
        note = "All that is open of it goes to the write-off account."
        address = reverse("staff-payments:write-off", args=[invoice.public_id])
        yield Form("Write it off", address, why, "Write it off", note)


def _invoice_act(request: HttpRequest, public_id: str) -> tuple[Invoice, str]:
    found = get_object_or_404(Invoice, public_id=public_id)
    return found, reverse("staff-invoicing:page", args=[public_id])


@require_POST
@staff_page(*MONEY)
@proven_again
def give_up(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Write an invoice off; above the limit it is asked for."""
    found, back = _invoice_act(request, public_id)
    if needs_two(found.customer, Money(found.open, found.currency)):
        return _asked_write_off(request, found, back)
    reason, by = request.POST.get("reason", ""), by_of(request)
    return acted(
        request, lambda: write_off(found, reason=reason, key=key_in(request), by=by), "It is written off.", back
    )


def _asked_write_off(request: HttpRequest, found: Invoice, back: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return asked(request, lambda: ask_write_off(request, found, reason, key_in(request)), back)


@require_POST
@staff_page(*MONEY)
def expect_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Undo the write-off of an invoice."""
    found, back = _invoice_act(request, public_id)
    reason, by = request.POST.get("reason", ""), by_of(request)
    return acted(request, lambda: undo_write_off(found, reason=reason, by=by), "It is expected again.", back)


def find(text: str, limit: int) -> list[Found]:
    """Payments with that id or reference, or of that customer."""
    match = Q(public_id=text) | Q(reference__iexact=text) | Q(customer__name__icontains=text)
    rows = Payment.objects.filter(match).select_related("customer", "invoice").order_by("-created_at")[:limit]
    return [Found(p.customer.name, f"{money(amount_of(p))} by {p.gateway}", href(p), p.state) for p in rows]
