"""The act of crediting an invoice: choose lines or amounts, see what the note would say, issue it."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from tollbook.identity.access import staff_page
from tollbook.invoicing.credit_drafting import CreditDraft, LineCredit, draft_credit, taken_of
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.models import DEMANDS, Invoice
from tollbook.invoicing.rules import Worth
from tollbook.invoicing.staff.invoices import CREDITORS, href, name
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money, plain
from tollbook.kernel.numbers import parse_decimal
from tollbook.web.parts import Page, Part, Stat, Stats, show


@staff_page(*CREDITORS)
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Credit an invoice: first a preview, then, with the same form, the credit note."""
    rows = Invoice.objects.select_related("customer", "brand")
    invoice = get_object_or_404(rows.exclude(state="draft"), public_id=public_id, kind__in=DEMANDS)
    made, refusal = None, ""
    if request.method == "POST":
        try:
            wanted, reason = _wanted(request), request.POST.get("reason", "")
            if request.POST.get("act") == "issue":
                key = f"staff:{request.POST.get('key', '')}"
                note = credit(invoice, wanted, reason=reason, key=key, actor=str(request.user), door="staff")
                return redirect(href(note))
            made = draft_credit(invoice, wanted, reason)
        except Refused as error:
            refusal = error.message
    crumbs = (("Invoices", reverse("staff-invoicing:list")), (name(invoice), href(invoice)))
    about = "A credit note corrects what was issued; the invoice itself never changes."
    shown = Page(f"Credit {name(invoice)}", about=about, crumbs=crumbs, parts=_preview(made))
    return show(
        request, shown, template="invoicing/staff_credit.html", **_form(request, invoice), refusal=refusal, made=made
    )


def _wanted(request: HttpRequest) -> list[LineCredit]:
    """The lines with an amount; none: all that is left of the invoice. Refused with the kernel's code for no number."""
    return [
        LineCredit(field.removeprefix("line-"), parse_decimal(text.strip(), "amount", negative=True))
        for field, text in request.POST.items()
        if field.startswith("line-") and isinstance(text, str) and text.strip()
    ]


def _form(request: HttpRequest, invoice: Invoice) -> dict[str, Any]:
    lines = list(invoice.lines.order_by("position"))
    taken = taken_of(lines)
    left = {line.pk: Worth(line.exact, line.net, line.gross).without(taken[line.pk]).price for line in lines}
    currency = invoice.currency
    return {
        "rows": [
            {
                "name": line.name,
                "id": line.public_id,
                "left": Money(left[line.pk], currency),
                "with_tax": line.gross is not None,
                "value": request.POST.get(f"line-{line.public_id}", ""),
            }
            for line in lines
            if left[line.pk]
        ],
        "reason": request.POST.get("reason", ""),
        "key": request.POST.get("key", "") or new_id("crn"),
        "left": Money(invoice.total - invoice.credited, currency),
    }


def _counted(lines: int) -> str:
    return "1 line credited" if lines == 1 else f"{lines} lines credited"


def _preview(made: CreditDraft | None) -> list[Part]:
    if made is None:
        return []
    currency = made.invoice.currency
    figures = zip(("Net", "Tax", "Total credited"), made.sums, strict=True)
    stats = [Stat(label, Money(amount, currency), "money") for label, amount in figures]
    unpaid = made.invoice.total - made.invoice.credited - made.sums[2] - made.invoice.prepaid
    after = Stat("To pay afterwards", Money(max(unpaid, Decimal(0)), currency), "money", _counted(len(made.lines)))
    return [Stats(f"What the credit note would say: {plain(made.sums[2])} {currency}", [*stats, after])]
