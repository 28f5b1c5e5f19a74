"""The list of invoices, and one page with an invoice's lines, taxes, postings and documents."""

from datetime import date

from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.base import clock
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.invoicing.models import DEMANDS, Document, Invoice, InvoiceLine, InvoiceTax
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rendering import document, no_einvoice
from tollbook.invoicing.rules import State
from tollbook.kernel.money import Money, plain
from tollbook.ledger.staff import caused_by
from tollbook.web.parts import Fact, Facts, Listing, Page, Part, Rows, Stat, Stats, fact, listing, show
from tollbook.web.sockets import Found, page_of, parts_of
from tollbook.web.tables import Column, Filter, Table

#: Who may credit an invoice.
CREDITORS = (StaffRole.ADMINISTRATOR, StaffRole.BILLING, StaffRole.FINANCE)
TYPES = {Document.Format.PDF.value: "application/pdf", Document.Format.XML.value: "application/xml"}


def href(found: Invoice) -> str:
    """The page of the invoice."""
    return reverse("staff-invoicing:page", args=[found.public_id])


def name(found: Invoice) -> str:
    """Its printed number; a draft has none yet."""
    return found.label or "Draft"


def is_overdue(today: date) -> Q:
    """What is to pay and past its day."""
    return Q(state=State.ISSUED, kind__in=DEMANDS, due_on__lt=today)


def to_pay(found: Invoice) -> Money:
    """What the document still asks for."""
    return Money(found.to_pay, found.currency)


def state_of(found: Invoice, today: date) -> str:
    """Its state, or "overdue" where it is past its day."""
    if found.kind == Invoice.Kind.CREDIT_NOTE:
        return "credited"
    late = found.state == State.ISSUED and found.due_on is not None and found.due_on < today
    return "overdue" if late else found.state


def columns(today: date) -> list[Column]:
    """The columns of a list of invoices, without whose they are."""
    return [
        Column(
            "Number",
            name,
            sort="label",
            href=href,
            note=lambda i: i.get_kind_display() if i.kind != Invoice.Kind.INVOICE else "",
        ),
        Column("State", lambda i: state_of(i, today), "state", sort="state"),
        Column("Issued", lambda i: i.issued_on, "day", sort="issued_on"),
        Column("Due", lambda i: i.due_on, "day", sort="due_on"),
        Column("Net", lambda i: Money(i.net, i.currency), "money", sort="net"),
        Column("Tax", lambda i: Money(i.tax, i.currency), "money", sort="tax"),
        Column("Total", lambda i: Money(i.total, i.currency), "money", sort="total"),
        Column("To pay", to_pay, "money"),
    ]


def customer_column() -> Column:
    """Whose an invoice is."""
    return Column(
        "Customer", lambda i: i.customer.name, sort="customer__name", href=lambda i: page_of(i.customer.public_id)
    )


def _table(today: date) -> Table:
    own = columns(today)
    states = (
        ("open", "To pay", Q(state=State.ISSUED, kind__in=DEMANDS)),
        ("overdue", "Overdue", is_overdue(today)),
        ("paid", "Paid", Q(state=State.PAID)),
        ("written-off", "Written off", Q(state=State.WRITTEN_OFF)),
        ("draft", "Drafts", Q(state=State.DRAFT)),
        ("void", "Void", Q(state=State.VOID)),
        ("credit", "Credit notes", Q(kind=Invoice.Kind.CREDIT_NOTE)),
        ("debit", "Debit notes", Q(kind=Invoice.Kind.DEBIT_NOTE)),
    )
    return Table(
        "invoices",
        [own[0], customer_column(), *own[1:]],
        order="-issued_on",
        search=("label", "public_id", "customer__name"),
        filters=(Filter("state", "State", states),),
        empty_title="No invoices yet",
        empty_text="The bill run issues them when a period has ended.",
    )


@staff_page()
def invoices(request: HttpRequest) -> HttpResponseBase:
    """Every invoice, credit note and debit note."""
    rows = Invoice.objects.select_related("customer").defer("content")
    page = Page("Invoices", about="Invoices and credit notes of all brands. What is issued never changes.")
    return listing(request, _table(clock.now().date()), rows, page)


def _price_told(line: InvoiceLine) -> str:
    """The price with its tax, and the names of the taxes, where a line has these."""
    gross = "" if line.gross is None else f"in the price of {plain(line.gross)} {line.invoice.currency}"
    return ", ".join(word for word in (line.tax_name, gross) if word)


LINES = Table(
    "lines",
    [
        Column(
            "Line", lambda x: x.name, sort="position", href=lambda x: page_of(x.public_id), note=lambda x: x.section
        ),
        Column("Quantity", lambda x: x.quantity, "quantity", sort="quantity", note=lambda x: x.unit),
        Column("Exact", lambda x: Money(x.exact, x.invoice.currency), "exact", sort="exact"),
        Column("Net", lambda x: Money(x.net, x.invoice.currency), "money", sort="net"),
        Column("Tax", lambda x: f"{x.tax_percent.normalize():f} % ({x.tax_code})", note=_price_told),
    ],
    order="position",
    search=("name", "section", "public_id"),
    empty_title="No lines",
)


@staff_page()
def invoice(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One invoice: its lines, taxes, postings and documents; each line leads to its explanation."""
    rows = Invoice.objects.select_related("customer", "brand", "corrects")
    found = get_object_or_404(rows, public_id=public_id)
    of_it = InvoiceLine.objects.filter(invoice=found).select_related("invoice")
    if request.GET.get("export") == "csv":
        return LINES.export(request, of_it)
    corrections = found.corrections.order_by("pk")
    parts: list[Part] = [
        _figures(found),
        Facts("Document", _facts(found)),
        Facts("Kept", _kept(found), links=_links(found, request.user)),
        Listing("Lines", LINES.page(request, of_it)),
        Rows("Tax", _taxes(found.currency), found.taxes.order_by("code", "percent"), "No tax groups.", wide=False),
        Rows("Corrected by", columns(clock.now().date())[:3], corrections, "Nothing corrects it.", wide=False),
        *parts_of("invoice", found),
        caused_by("invoice", public_id),
    ]
    page = Page(
        name(found),
        state_of(found, clock.now().date()),
        f"{found.get_kind_display().capitalize()} for {found.customer.name}",
        (("Invoices", reverse("staff-invoicing:list")),),
        parts,
        public_id,
    )
    return show(request, page)


def _figures(found: Invoice) -> Stats:
    amounts = [("Net", found.net), ("Tax", found.tax), ("Total", found.total)]
    prepaid = (
        f"{Money(found.prepaid, found.currency).amount.normalize():f} {found.currency} were prepaid"
        if found.prepaid
        else ""
    )
    credited = f"{plain(found.credited)} {found.currency} were credited" if found.credited else ""
    asked = Stat("To pay", to_pay(found), "money", ", ".join(word for word in (prepaid, credited) if word))
    return Stats(
        "Amounts", [*(Stat(label, Money(amount, found.currency), "money") for label, amount in amounts), asked]
    )


def _facts(found: Invoice) -> list[Fact]:
    corrected = found.corrects
    return [
        fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
        fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
        fact("Issued", found.issued_on, "day"),
        fact("Due", found.due_on, "day"),
        fact("From", found.period_start, "instant"),
        fact("To", found.period_end, "instant"),
        fact("Corrects", name(corrected) if corrected else "", href=href(corrected) if corrected else ""),
    ]


def _kept(found: Invoice) -> list[Fact]:
    kept = found.documents.defer("body").order_by("format")
    return [
        fact("Series", f"{found.series} {found.year}" if found.year else ""),
        fact("Number in it", found.number, "quantity"),
        fact("SHA-256 of its content", found.content_hash, "mono", note="taken when it was issued"),
        fact("E-invoice", "" if found.state == State.DRAFT else no_einvoice(content_of(found)) or "can be made"),
        *(fact(f"SHA-256 of the {d.get_format_display()}", d.sha256, "mono") for d in kept),
    ]


def _links(found: Invoice, user: object) -> list[tuple[str, str]]:
    if found.state == State.DRAFT:
        return []
    impossible = no_einvoice(content_of(found))
    files = [
        (f"Download {label}", reverse("staff-invoicing:document", args=[found.public_id, value]))
        for value, label in Document.Format.choices
        if value == Document.Format.PDF or not impossible
    ]
    left = found.demands and found.credited < found.total
    left = left and isinstance(user, User) and user.staff_role in CREDITORS
    acts = [("Credit...", "staff-invoicing:credit")] if left else []
    if left and found.kind == Invoice.Kind.INVOICE:
        acts.append(("Debit...", "staff-invoicing:debit"))
    return [*files, *((label, reverse(name, args=[found.public_id])) for label, name in acts)]


def _parts_told(tax: InvoiceTax) -> str:
    return ", ".join(f"{part.name} {plain(part.tax)}" for part in tax.parts.order_by("pk"))


def _taxes(currency: str) -> list[Column]:
    return [
        Column("Rate", lambda t: f"{t.percent.normalize():f} %", note=lambda t: f"{t.code} {t.name}".strip()),
        Column("Net", lambda t: Money(t.net, currency), "money"),
        Column("Tax", lambda t: Money(t.tax, currency), "money", note=_parts_told),
    ]


@staff_page()
def download(request: HttpRequest, public_id: str, format: str) -> HttpResponse:
    """The invoice as PDF or XML, as it was first made. A draft has no documents."""
    found = get_object_or_404(Invoice.objects.select_related("brand", "customer"), public_id=public_id)
    if format not in TYPES or found.state == State.DRAFT:
        raise Http404
    if format == Document.Format.XML and no_einvoice(content_of(found)):
        raise Http404
    kept = document(found, format)
    response = HttpResponse(bytes(kept.body), content_type=TYPES[format])
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in found.label)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}.{format}"'
    return response


def find(text: str, limit: int) -> list[Found]:
    """Invoices with that id, the text in their number or in the customer's name."""
    match = Q(public_id=text) | Q(label__icontains=text) | Q(customer__name__icontains=text)
    rows = Invoice.objects.filter(match).select_related("customer").defer("content")
    today = clock.now().date()
    return [
        Found(name(i), f"{i.customer.name}, {i.issued_on or 'not issued'}", href(i), state_of(i, today))
        for i in rows.order_by(F("issued_on").desc(nulls_last=True), "-pk")[:limit]
    ]
