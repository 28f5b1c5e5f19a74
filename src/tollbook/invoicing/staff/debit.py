"""The act of debiting an invoice: see which corrections wait and what the note would ask for, issue it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from tollbook.base import clock
from tollbook.identity.access import staff_page
from tollbook.invoicing.debit_notes import debit_note, draft_debit
from tollbook.invoicing.drafting import DraftInvoice, quantity
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.staff.invoices import CREDITORS, href, name
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.web.parts import Page, Part, Rows, Stat, Stats, show
from tollbook.web.tables import Column


@staff_page(*CREDITORS)
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What a debit note over the waiting corrections of an invoice would say and, on request, the note."""
    rows = Invoice.objects.select_related("customer", "brand").exclude(state="draft")
    invoice = get_object_or_404(rows, public_id=public_id, kind=Invoice.Kind.INVOICE)
    refusal, made, parts = "", False, []
    try:
        if request.method == "POST":
            key, reason = f"staff:{request.POST.get('key', '')}", request.POST.get("reason", "")
            return redirect(href(debit_note(invoice, reason=reason, key=key, actor=str(request.user), door="staff")))
        parts, made = _preview(draft_debit(invoice, clock.now())), True
    except Refused as error:
        refusal = error.message
    crumbs = (("Invoices", reverse("staff-invoicing:list")), (name(invoice), href(invoice)))
    about = "A debit note asks for what an invoice charged too little. Left alone, this stands on the next invoice."
    shown = Page(f"Debit {name(invoice)}", about=about, crumbs=crumbs, parts=parts)
    posted = request.POST.get("reason", "")
    form = {"refusal": refusal, "made": made or bool(posted), "reason": posted, "key": new_id("dbn")}
    return show(request, shown, template="invoicing/staff_debit.html", **form)


def _preview(found: DraftInvoice) -> list[Part]:
    currency = found.currency
    stats = [
        Stat(label, Money(amount, currency), "money")
        for label, amount in (("Net", found.net), ("Tax", found.tax), ("Total", found.total))
    ]
    columns = [
        Column("Line", lambda line: line.price.name, note=lambda line: line.product.name),
        Column("From", lambda line: line.first.period_start, "instant"),
        Column("Quantity", quantity, "quantity", note=lambda line: line.price.unit),
        Column("Net", lambda line: Money(line.net, currency), "money"),
    ]
    return [Stats("What the debit note would ask for", stats), Rows("Corrections that wait", columns, found.lines)]
