"""The account statement in the customer's portal: on the page, as PDF and as CSV. Served by `portal`."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.settings import SHOW_INVOICES
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.payments import statement_told
from tollbook.payments.statement import Statement, currencies
from tollbook.payments.statement_asked import asked_for
from tollbook.web.refusals import in_words
from tollbook.web.words import language, later

#: What a kind of movement is called.
KINDS = {
    "invoice": later("Invoice"),
    "debit_note": later("Debit note"),
    "credit_note": later("Credit note"),
    "prepaid": later("Paid ahead"),
    "payment": later("Payment"),
    "refund": later("Refund"),
    "dispute": later("Payment called back"),
    "write_off": later("Written off"),
    "other": later("Other"),
}


def file_of(found: Statement, format: str) -> HttpResponse:
    """The statement as PDF or CSV."""
    if format == "pdf":
        response = HttpResponse(statement_told.pdf(found), content_type="application/pdf")
    else:
        response = HttpResponse(statement_told.csv_text(found), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{statement_told.name_of(found)}.{format}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
@portal_page(feature=SHOW_INVOICES)
def page(request: CustomerRequest) -> HttpResponse:
    """What the customer owed, what moved, and what is open since when."""
    customer = request.customer
    try:
        found = asked_for(customer, request.GET.dict())
    except Refused as error:
        messages.error(request, in_words(error))
        found = asked_for(customer, {})
    if (format := request.GET.get("as", "")) in ("pdf", "csv"):
        return file_of(found, format)

    def money(amount: object) -> Money:
        return Money(amount, found.currency)  # type: ignore[arg-type]  # amounts of the statement are decimals

    context = {
        "title": _("Account statement"),
        "crumbs": [(_("Payments"), reverse("portal-payments:list")), (_("Account statement"), "")],
        "found": found,
        "currencies": currencies(customer),
        "opening": money(found.opening),
        "closing": money(found.closing),
        "owed": money(found.owed),
        "credit": money(found.credit),
        "sums": [(KINDS[kind], money(amount)) for kind, amount in found.sums.items()],
        "entries": [(each, KINDS[each.kind], money(each.amount), money(each.balance)) for each in found.entries],
        "items": [(each, money(each.amount)) for each in found.items],
        "ages": [
            (name, money(amount)) for name, amount in zip(statement_told.ages_told(language()), found.ages, strict=True)
        ],
    }
    return render(request, "payments/portal_statement.html", context)
