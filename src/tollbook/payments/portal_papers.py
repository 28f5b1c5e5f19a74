"""In the customer's portal: receipts of payments, and proformas with the way to pay them. Served by `portal`."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.models import Membership
from tollbook.customers.settings import PORTAL_PAYMENT, SHOW_INVOICES, SHOW_WALLET
from tollbook.identity.models import User
from tollbook.invoicing.documents import einvoice, pdf, required
from tollbook.invoicing.documents.stored import from_json
from tollbook.kernel.errors import NotFound, TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.payments import actions, asking, proformas, queries, receipts, registry
from tollbook.payments.applying import By
from tollbook.payments.models import Proforma
from tollbook.web.refusals import in_words
from tollbook.web.tables import Column, Filter, Table

PAYERS = (Membership.Role.OWNER.value, Membership.Role.BILLING.value)


def href(found: Proforma) -> str:
    """The proforma's page."""
    return reverse("portal-payments:proforma", args=[found.public_id])


TABLE = Table(
    name="proformas",
    columns=[
        Column("Number", lambda p: p.label, sort="label", href=href),
        Column("Issued", lambda p: p.issued_on, "day", sort="issued_on"),
        Column("Until", lambda p: p.due_on, "day", sort="due_on"),
        Column("State", lambda p: p.state, "state", sort="state"),
        Column("For", lambda p: _("Top-up of the wallet") if p.request else _("Services")),
        Column("Total", lambda p: Money(p.total, p.currency), "money", sort="total"),
        Column("Became", lambda p: p.invoice.label if p.invoice else ""),
    ],
    order="-issued_on",
    search=("label",),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("open", "To pay", Q(state="open")),
                ("paid", "Paid", Q(state="paid")),
                ("withdrawn", "Withdrawn", Q(state="withdrawn")),
            ),
        ),
    ),
    empty_title="No proformas",
    empty_text="What you pay before it is invoiced is asked for here.",
)


def document_response(label: str, body: bytes, format: str) -> HttpResponse:
    """A document as a file."""
    response = HttpResponse(body, content_type=f"application/{format}")
    response.headers["Content-Disposition"] = f'attachment; filename="{label}.{format}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
@portal_page(feature=SHOW_INVOICES)
def listed(request: CustomerRequest) -> HttpResponseBase:
    """All proformas of the customer."""
    rows = queries.proformas_of(request.customer)
    if request.GET.get("export") == "csv":
        return TABLE.export(request, rows)
    return render(
        request, "payments/portal_proformas.html", {"title": _("Proformas"), "table": TABLE.page(request, rows)}
    )


def _owned(request: CustomerRequest, public_id: str) -> Proforma:
    found = queries.proformas_of(request.customer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@portal_page(feature=SHOW_INVOICES)
def page(request: CustomerRequest, public_id: str) -> HttpResponse:
    """A proforma: what it asks for, and the way to pay it."""
    found = _owned(request, public_id)
    payer = request.membership.role in PAYERS and feature_on(request.customer, PORTAL_PAYMENT)
    if request.method == "POST":
        if not payer:
            raise Http404
        return _pay(request, found)
    content = from_json(found.content)
    ways = registry.offered(request.customer.brand, found.currency)
    context = {
        "title": _("Proforma {label}").format(label=found.label),
        "crumbs": [(_("Proformas"), reverse("portal-payments:proformas")), (found.label, "")],
        "proforma": found,
        "content": content,
        "lines": [(line, Money(line.net, found.currency)) for line in content.lines],
        "total": Money(found.total, found.currency),
        "tax": Money(found.tax, found.currency),
        "may_pay": payer and found.state == "open" and proformas.stands(found),
        "ways": [each for each in ways if not each.by_hand],
        "payment": content.payment,
        "einvoice": not required.problems(content),
        "key": new_id("key"),
    }
    return render(request, "payments/portal_proforma.html", context)


def _by(request: CustomerRequest) -> By:
    return By(request.user.email if isinstance(request.user, User) else "", "portal")


def _pay(request: CustomerRequest, found: Proforma) -> HttpResponse:
    """On to the gateway's page where that is one of ours, else to the payment's, which leads there."""
    key = f"portal:{request.POST.get('key', '')[:60]}"
    gateway = request.POST.get("gateway", "")
    try:
        payment = actions.pay_proforma(request.customer, found.public_id, gateway, key=key, by=_by(request))
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect(href(found))
    asking.send(payment.public_id)
    payment.refresh_from_db()
    if payment.state == "failed":
        messages.error(request, _("The payment was refused: {note}").format(note=payment.note))
    own = payment.redirect.startswith("/") and not payment.redirect.startswith("//")
    there = payment.redirect if own and payment.state == "pending" else ""
    return redirect(there or reverse("portal-payments:page", args=[payment.public_id]))


@require_POST
@portal_page(*PAYERS, feature=SHOW_WALLET)
def for_top_up(request: CustomerRequest, request_id: str) -> HttpResponse:
    """Make (or find) the proforma of a top-up that a wallet asks for."""
    try:
        return redirect(href(proformas.for_top_up(request.customer, request_id)))
    except TollbookError as error:
        messages.error(request, in_words(error))
        return redirect("portal-payments:list")


@require_GET
@portal_page(feature=SHOW_INVOICES)
def download(request: CustomerRequest, public_id: str, format: str) -> HttpResponse:
    """The proforma's PDF, or its e-invoice (type 325) where it can be one."""
    found = _owned(request, public_id)
    content = from_json(found.content)
    if format == "pdf":
        return document_response(found.label, pdf.render_pdf(content), format)
    if format != "xml" or required.problems(content):
        raise Http404
    return document_response(found.label, einvoice.render_xml(content), format)


@require_GET
@portal_page()
def receipt(request: CustomerRequest, public_id: str) -> HttpResponse:
    """The receipt of a payment that came, as PDF."""
    try:
        payment = queries.by_public_id(public_id, request.customer)
    except NotFound:
        raise Http404 from None
    if payment.state != "succeeded":
        raise Http404
    found = receipts.issue(payment.public_id)
    return document_response(found.label, pdf.render_pdf(from_json(found.content)), "pdf")


urls: list[URLPattern] = [
    path("payments/proformas/", listed, name="proformas"),
    path("payments/proformas/<str:public_id>/", page, name="proforma"),
    path("payments/proformas/<str:public_id>/file.<str:format>", download, name="proforma-file"),
    path("top-ups/<str:request_id>/proforma/", for_top_up, name="top-up-proforma"),
    path("payments/<str:public_id>/receipt.pdf", receipt, name="receipt"),
]
