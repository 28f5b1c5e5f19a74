"""The customer's invoices: the list, each as a document, its files, and why each line costs what it costs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.catalog.queries import product_names
from tollbook.catalog.told import cost_and_choices
from tollbook.customers.access import CustomerRequest, feature_on, portal_page
from tollbook.customers.settings import SHOW_INVOICES, SHOW_USAGE
from tollbook.invoicing import queries, told
from tollbook.invoicing.documents import figures
from tollbook.invoicing.documents.content import Content, Line, TaxPart
from tollbook.invoicing.explain import explain_line
from tollbook.invoicing.explanation import LineExplained
from tollbook.invoicing.explanation_parts import DrawTold
from tollbook.invoicing.models import DEMANDS, Document, Invoice
from tollbook.invoicing.overview import NOTICES, PANELS, href, open_of, state_of, today
from tollbook.invoicing.rendering import document, no_einvoice
from tollbook.kernel.money import Money
from tollbook.web.menu import MenuEntry
from tollbook.web.tables import Column, Filter, Table

__all__ = ["MENU", "NOTICES", "PANELS", "urls"]
MENU = [MenuEntry("Invoices", "portal-invoicing:list", "document-text", order=40, feature=SHOW_INVOICES)]
LINES_A_PAGE = 200
CONTENT_TYPES = {Document.Format.PDF: "application/pdf", Document.Format.XML: "application/xml"}


def table(on: date) -> Table:
    """The list of invoices as it stands on a day."""
    return Table(
        name="invoices",
        columns=[
            Column("Number", lambda i: i.label, sort="label", href=href, note=_kind),
            Column("Issued", lambda i: i.issued_on, "day", sort="issued_on"),
            Column("Due", lambda i: i.due_on, "day", sort="due_on"),
            Column("State", lambda i: state_of(i, on), "state"),
            Column("Net", lambda i: Money(i.net, i.currency), "money", sort="net"),
            Column("Tax", lambda i: Money(i.tax, i.currency), "money", sort="tax"),
            Column("Total", lambda i: Money(i.total, i.currency), "money", sort="total"),
            Column("To pay", lambda i: open_of(i), "money"),
        ],
        order="-issued_on",
        search=("label", "lines__name"),
        filters=(
            Filter(
                "state",
                "State",
                (
                    ("open", "To pay", Q(state="issued", kind__in=DEMANDS)),
                    ("overdue", "Overdue", Q(state="issued", kind__in=DEMANDS, due_on__lt=on)),
                    ("paid", "Paid", Q(state="paid")),
                    ("void", "Void", Q(state="void")),
                ),
            ),
        ),
        empty_title="No invoices yet",
        empty_text="The first one comes when your first billing period ends.",
    )


def _kind(invoice: Invoice) -> str:
    return _(invoice.get_kind_display()) if invoice.kind != Invoice.Kind.INVOICE else ""


@require_GET
@portal_page(feature=SHOW_INVOICES)
def listed(request: CustomerRequest) -> HttpResponseBase:
    """All issued invoices of the customer."""
    on = today(request.customer)
    # A search also looks into the lines: without `distinct`, an invoice would come once for each line found.
    rows, shown = queries.of_customer(request.customer).defer("content").distinct(), table(on)
    if request.GET.get("export") == "csv":
        return shown.export(request, rows)
    context = {
        "title": _("Invoices"),
        "table": shown.page(request, rows),
        "to_pay": [(Money(t.amount, t.currency), t) for t in queries.to_pay(request.customer, on)],
    }
    return render(request, "invoicing/portal_list.html", context)


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the page shows it; `href` leads to its explanation."""

    line: Line
    net: Money
    exact: Money | None
    gross: Money | None
    price: str
    href: str


@dataclass(frozen=True, slots=True)
class Section:
    """Neighbouring lines of one section; the subtotal is of the whole section, also where a page shows a part of it."""

    name: str
    lines: list[ShownLine]
    subtotal: Money


def _owned(request: CustomerRequest, public_id: str) -> Invoice:
    found = queries.of_customer(request.customer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_GET
@portal_page(feature=SHOW_INVOICES)
def page(request: CustomerRequest, public_id: str) -> HttpResponse:
    """An invoice as a document: parties, lines by section, taxes, totals, payment data, downloads."""
    invoice = _owned(request, public_id)
    content = queries.content_of(invoice)
    pages = Paginator(content.lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Invoice {label}").format(label=invoice.label),
        "crumbs": [(_("Invoices"), reverse("portal-invoicing:list")), (invoice.label, "")],
        "invoice": invoice,
        "content": content,
        "state": state_of(invoice, today(request.customer)),
        "sections": _sections(content, invoice, list(pages)),
        "lines_page": pages,
        "open": open_of(invoice),
        "net": Money(content.net, content.currency),
        "tax": Money(content.tax, content.currency),
        "total": Money(content.total, content.currency),
        "prepaid": Money(content.prepaid, content.currency),
        "credited": Money(invoice.credited, content.currency),
        "payable": Money(content.payable, content.currency),
        "taxes": _taxes(content),
        "no_einvoice": no_einvoice(content),
        "seller_country": figures.country(content.seller.country, content.language),
        "buyer_country": figures.country(content.buyer.country, content.language),
        "iban": figures.in_fours(content.payment.iban) if content.payment else "",
    }
    return render(request, "invoicing/portal_page.html", context)


def _taxes(content: Content) -> list[tuple[str, Decimal, Money, Money, str]]:
    """Name, rate, net, tax and the reason for none, of each tax: several on one net one by one."""
    currency = content.currency
    return [
        (part.name, part.percent, Money(each.net, currency), Money(part.tax, currency), each.reason)
        for each in content.taxes
        for part in each.parts or (TaxPart(name="", percent=each.percent, tax=each.tax),)
    ]


def _sections(content: Content, invoice: Invoice, shown: list[Line]) -> list[Section]:
    """The lines of this page by section, in the order of the document."""
    ids = dict(
        invoice.lines.filter(position__in=[line.position for line in shown]).values_list("position", "public_id")
    )
    sums: dict[str, Decimal] = {}
    for line in content.lines:
        sums[line.section] = sums.get(line.section, Decimal(0)) + line.net
    return [
        Section(
            name,
            [_shown(line, content, invoice, ids[line.position]) for line in lines],
            Money(sums[name], content.currency),
        )
        for name, lines in groupby(shown, key=lambda line: line.section)
    ]


def _shown(line: Line, content: Content, invoice: Invoice, line_id: str) -> ShownLine:
    price = line.unit_price
    return ShownLine(
        line=line,
        net=Money(line.net, content.currency),
        exact=Money(line.exact, content.currency) if line.exact != line.net and line.gross is None else None,
        gross=None if line.gross is None else Money(line.gross, content.currency),
        price=figures.price(price, content.currency, content.language) if price is not None else "",
        href=reverse("portal-invoicing:line", args=[invoice.public_id, line_id]),
    )


@require_GET
@portal_page(feature=SHOW_INVOICES)
def download(request: CustomerRequest, public_id: str, format: str) -> HttpResponse:
    """The invoice's PDF or XML as a file."""
    invoice = _owned(request, public_id)
    if format not in Document.Format.values:
        raise Http404
    if format == Document.Format.XML and no_einvoice(queries.content_of(invoice)):
        raise Http404
    kept = document(invoice, format)
    response = HttpResponse(bytes(kept.body), content_type=CONTENT_TYPES[Document.Format(format)])
    response.headers["Content-Disposition"] = f'attachment; filename="{invoice.label}.{format}"'
    return response


@require_GET
@portal_page(feature=SHOW_INVOICES)
def line(request: CustomerRequest, public_id: str, line_id: str) -> HttpResponse:
    """Why a line costs what it costs, step by step."""
    invoice = _owned(request, public_id)
    found = invoice.lines.filter(public_id=line_id).first()
    if found is None:
        raise Http404
    invoice.customer = request.customer
    found.invoice = invoice
    explained = explain_line(found)
    words = explained.price.words if explained.price else ()
    cost, choices = cost_and_choices(words, explained.currency)
    context = {
        "title": _("Why {name}").format(name=found.name),
        "crumbs": [
            (_("Invoices"), reverse("portal-invoicing:list")),
            (invoice.label, href(invoice)),
            (_("Why this amount"), ""),
        ],
        "invoice": invoice,
        "line": explained,
        "net": Money(explained.net, explained.currency),
        "cost": cost,
        "choices": choices,
        "rounding": told.rounding(explained),
        "owed": told.owed(explained),
        "steps": [
            (step.sentence, told.amount(step.amount, explained))
            for step in (explained.rating.steps if explained.rating else ())
        ],
        "charges": [(charge, told.amount(charge.amount, explained)) for charge in explained.charges]
        if told.revised(explained)
        else [],
        "exact": told.amount(explained.rounding.exact, explained),
        "postings": told.postings(explained, product_names(told.products(explained))),
        "more_events": told.more_events(explained),
        "draws": [(draw, told.amount(draw.amount, explained)) for draw in _draws(explained)],
        "payable": Money(explained.payment.payable, explained.currency),
        "total": Money(explained.payment.total, explained.currency),
        "prepaid": Money(explained.payment.prepaid, explained.currency) if explained.payment.prepaid else None,
        "events_hidden": not feature_on(request.customer, SHOW_USAGE),
    }
    return render(request, "invoicing/portal_line.html", context)


def _draws(explained: LineExplained) -> list[DrawTold]:
    """What this line's charges took from a wallet; the explanation holds those of the whole invoice."""
    mine = {charge.id for charge in explained.charges if charge.here}
    return [draw for draw in explained.payment.draws if draw.charge in mine]


urls: list[URLPattern] = [
    path("invoices/", listed, name="list"),
    path("invoices/<str:public_id>/", page, name="page"),
    path("invoices/<str:public_id>/lines/<str:line_id>/", line, name="line"),
    path("invoices/<str:public_id>/file.<str:format>", download, name="file"),
]
