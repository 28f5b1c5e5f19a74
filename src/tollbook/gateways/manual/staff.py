"""Bank transfers for staff: importing a statement after looking at it, assigning what nothing matched, noting
transfers.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.customers.queries import by_public_id as customer_of
from tollbook.gateways.manual import actions, queries
from tollbook.gateways.manual.actions import File, Row
from tollbook.gateways.manual.models import Entry
from tollbook.gateways.manual.rules import suggestions
from tollbook.gateways.manual.table import DAY_FORMATS, Columns
from tollbook.identity.access import staff_page
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import by_label
from tollbook.kernel.errors import Invalid, NotFound, Refused, TollbookError
from tollbook.kernel.money import Money, check_currency
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.times import parse_day
from tollbook.payments.staff.forms import MONEY, Field, Form, acted, by_of, may_act
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

MENU = [MenuEntry("Bank entries", "staff-gateway_manual:list", "building-library", 23)]
PAGES = {"bte": "staff-gateway_manual:page"}
FILE_LIMIT = 2 * 1024 * 1024
PREVIEW_AGE_S = 3600
FAULTS_SHOWN = 50
_SALT = "bank-statement"


def _href(entry: Entry) -> str:
    return reverse("staff-gateway_manual:page", args=[entry.public_id])


def _do(what: str) -> str:
    """The address of an act."""
    return reverse("staff-gateway_manual:do", args=[what])


ENTRIES = Table(
    "bank-entries",
    [
        Column("Booked", lambda e: e.booked_on, "day", sort="booked_on", href=_href),
        Column("State", lambda e: e.state, "state", sort="state", note=lambda e: e.note),
        Column("Amount", lambda e: Money(e.amount, e.currency), "money", sort="amount"),
        Column("Payer", lambda e: e.payer, sort="payer", note=lambda e: e.payer_account),
        Column("Text", lambda e: e.text),
        Column("Payment", lambda e: e.payment.public_id if e.payment else "", "mono",
               href=lambda e: page_of(e.payment.public_id) if e.payment else ""),
    ],
    order="-booked_on",
    search=("payer", "text", "reference", "public_id"),
    filters=(Filter("state", "State", tuple(
        (value, label.capitalize(), queries.in_state(value)) for value, label in Entry.State.choices)),),
    empty_title="No bank entries yet",
    empty_text="They come with statements, or when a transfer is noted.",
)  # fmt: skip


@staff_page()
def entries(request: HttpRequest) -> HttpResponseBase:
    """Every entry; above it, importing a statement and noting a transfer."""
    brands = [(b.public_id, b.name) for b in Brand.objects.exclude(iban="").order_by("name")]
    before: list[Part] = [_import_form(brands), _note_form()] if brands and may_act(request) else []
    page = Page("Bank entries", about="Money that came by bank transfer.", parts=())
    rows = Entry.objects.select_related("payment")
    return listing(request, ENTRIES, rows, page, before=before)


def _import_form(brands: list[tuple[str, str]]) -> Form:
    fields = [
        Field("brand", "Account of", choices=brands),
        Field("file", "Statement", "file"),
        Field("format", "Format", choices=[("camt", "CAMT.053 (XML)"), ("csv", "CSV")]),
        Field(
            "columns", "CSV: columns of date, amount, currency, payer, text", value="date,amount,currency,payer,text"
        ),
        Field("day_format", "CSV: days are written", choices=[(each, each) for each in DAY_FORMATS]),
        Field("comma", "CSV: amounts are written", choices=[("no", "1,234.56"), ("yes", "1.234,56")]),
    ]
    note = "You see what would happen before anything is imported."
    return Form(
        "Import a statement", reverse("staff-gateway_manual:do", args=["look"]), fields, "Look at it", note, files=True
    )


def _note_form() -> Form:
    fields = [
        Field("customer", "Customer (id)"),
        Field("invoice", "Invoice number, if it names one", required=False),
        Field("amount", "Amount", "number", step="any"),
        Field("currency", "Currency", value="EUR"),
        Field("reference", "The bank's reference"),
        Field("booked_on", "Booked on", "date", clock.now().date().isoformat()),
    ]
    return Form("Note a transfer", _do("note"), fields, "Note it")


def _file(request: HttpRequest) -> tuple[Brand, File]:
    """The statement that was sent; Refused for none, one that is too large, or a wrong column list."""
    brand = get_object_or_404(Brand, public_id=request.POST.get("brand", ""))
    sent = request.FILES.get("file")
    if sent is None or sent.size is None or sent.size > FILE_LIMIT:
        raise Refused("file_wrong", f"file: give a statement of at most {FILE_LIMIT // 1024} kB", param="file")
    format_ = "csv" if request.POST.get("format") == "csv" else "camt"
    return brand, File((sent.name or "statement")[:200], sent.read(), format_, _columns(request))


def _columns(request: HttpRequest) -> Columns:
    names = [name.strip() for name in request.POST.get("columns", "").split(",")]
    day_format = request.POST.get("day_format", "")
    if len(names) != 5 or day_format not in DAY_FORMATS:  # noqa: PLR2004  # the five that the form asks for
        right = "five names divided by commas: date, amount, currency, payer, text"
        raise Refused("columns_wrong", f"columns: give {right}", param="columns")
    day, amount, currency, payer, text = names
    return Columns(
        day, amount, currency, payer, "", text, "", day_format=day_format, comma=request.POST.get("comma") == "yes"
    )


def look(request: HttpRequest) -> HttpResponseBase:
    """What importing the file would do. The file stays in the form (signed), so that what is imported is what was
    seen.
    """
    back = reverse("staff-gateway_manual:list")
    try:
        brand, file = _file(request)
        rows, skipped = actions.preview(brand, file)
    except Invalid as error:
        faults = [str(each) for each in error.problems[:FAULTS_SHOWN]]
        parts: list[Part] = [Words(f"{len(error.problems)} faults: nothing can be imported", faults, wide=True)]
        return show(request, Page("Statement", crumbs=(("Bank entries", back),), parts=parts))
    except TollbookError as error:
        messages.error(request, error.message)
        return redirect(back)
    new = [row for row in rows if not row.known]
    kept = signing.dumps(_packed(brand, file), salt=_SALT, compress=True)
    stats = [
        fact("File", file.name),
        fact("New entries", len(new), "quantity"),
        fact("Known already", len(rows) - len(new), "quantity"),
        fact("Paid to an invoice by their reference", sum(_goes_to(row) is not None for row in new), "quantity"),
        fact("Other entries (money out, not booked)", skipped, "quantity"),
    ]
    go = Form(
        "Import it",
        _do("import"),
        [Field("kept", "", "hidden", kept)],
        "Import it",
    )
    parts = [Facts("What would happen", stats), go, Rows("Entries", _PREVIEW, rows, "No money came in.")]
    return show(request, Page(f"Statement {file.name}", crumbs=(("Bank entries", back),), parts=parts))


def _packed(brand: Brand, file: File) -> list[object]:
    columns = file.columns
    names = [columns.day, columns.amount, columns.currency, columns.payer, columns.text]
    body = file.body.decode("latin-1")
    return [brand.public_id, file.name, body, file.format, names, columns.day_format, columns.comma]


def _goes_to(row: Row) -> Invoice | None:
    return row.invoice if row.by_hand is None else None


def _would(row: Row) -> str:
    if row.known:
        return "nothing: it is known"
    if row.by_hand is not None:
        return f"waits: perhaps noted by hand as {row.by_hand.reference}"
    return f"pays {row.invoice.label}" if row.invoice else "waits for a person"


_PREVIEW = [
    Column("Booked", lambda r: r.draft.booked_on, "day"),
    Column("Amount", lambda r: Money(r.draft.amount, r.draft.currency), "money"),
    Column("Payer", lambda r: r.draft.payer),
    Column("Text", lambda r: r.draft.text),
    Column("What happens", _would),
]


def bring_in(request: HttpRequest) -> HttpResponse:
    """Import the statement that was looked at."""
    back = reverse("staff-gateway_manual:list")
    try:
        found = signing.loads(request.POST.get("kept", ""), salt=_SALT, max_age=PREVIEW_AGE_S)
    except signing.BadSignature:
        messages.error(request, "The statement was looked at too long ago, or by nobody: look at it again.")
        return redirect(back)
    brand_id, name, body, format_, names, day_format, comma = found
    day, amount, currency, payer, text = names
    columns = Columns(day, amount, currency, payer, "", text, "", day_format=day_format, comma=comma)
    file = File(name, body.encode("latin-1"), format_, columns)
    brand = get_object_or_404(Brand, public_id=brand_id)
    return acted(
        request, lambda: actions.import_statement(brand, file, by=by_of(request)), "The statement is imported.", back
    )


def note(request: HttpRequest) -> HttpResponse:
    """Note a transfer before its statement comes."""
    told = request.POST

    def act() -> object:
        customer = customer_of(told.get("customer", "").strip())
        currency = check_currency(told.get("currency", "").strip().upper())
        money = Money(parse_decimal(told.get("amount", "").strip(), "amount"), currency)
        day: date = parse_day(told.get("booked_on", ""), "booked_on")
        invoice = _invoice(told.get("invoice", ""))
        return actions.note_transfer(
            customer, money, told.get("reference", ""), day, invoice=invoice, by=by_of(request)
        )

    return acted(request, act, "The transfer is noted.", reverse("staff-gateway_manual:list"))


_ACTS: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {"look": look, "import": bring_in, "note": note}


@require_POST
@staff_page(*MONEY)
def do(request: HttpRequest, what: str) -> HttpResponseBase:
    """Look at a statement, import it, or note a transfer."""
    if what not in _ACTS:
        raise Http404
    return _ACTS[what](request)


def _invoice(label: str) -> Invoice | None:
    if not label.strip():
        return None
    found = by_label(label.strip())
    if found is None:
        raise NotFound("invoice_not_found", f"invoice {label.strip()}: there is none of that number", param="invoice")
    return found


@require_http_methods(["GET", "POST"])
@staff_page()
def entry(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One entry: what the bank told, whose it may be, and assigning it."""
    found = get_object_or_404(Entry.objects.select_related("brand", "payment", "statement"), public_id=public_id)
    facts = [
        fact("Amount", Money(found.amount, found.currency), "money"),
        fact("Booked", found.booked_on, "day"),
        fact("Payer", found.payer, note=found.payer_account),
        fact("Text", found.text),
        fact("Account", found.account, "mono", note=found.brand.name),
        fact("The bank's reference", found.reference, "mono"),
        fact("Statement", found.statement.name if found.statement else "noted by hand"),
        fact("Payment", found.payment.public_id if found.payment else "", "mono",
             page_of(found.payment.public_id) if found.payment else ""),
        fact("Note", found.note),
    ]  # fmt: skip
    parts: list[Part] = [Facts("Entry", facts)]
    if found.state != Entry.State.ASSIGNED and may_act(request):
        parts += _choices(found)
    crumbs = (("Bank entries", reverse("staff-gateway_manual:list")),)
    return show(request, Page("Bank entry", found.state, crumbs=crumbs, parts=parts, code=public_id))


def _choices(found: Entry) -> list[Part]:
    candidates = queries.candidates(found.brand)
    ids = suggestions(actions.draft_of(found), candidates)
    rows = Invoice.objects.filter(pk__in=ids).select_related("customer").defer("content")
    by_id = {row.pk: row for row in rows}
    likely = [by_id[each] for each in ids if each in by_id]
    address = reverse("staff-gateway_manual:assign", args=[found.public_id])
    fields = [
        Field("invoice", "Invoice number", value=likely[0].label if likely else "", required=False),
        Field("customer", "or the customer (id), as credit", required=False),
    ]
    columns = [
        Column("Invoice", lambda i: i.label, href=lambda i: page_of(i.public_id), note=lambda i: i.customer.name),
        Column("Open", lambda i: Money(next((c.open for c in candidates if c.id == i.pk), Decimal(0)), i.currency),
               "money"),
    ]  # fmt: skip
    aside = reverse("staff-gateway_manual:ignore", args=[found.public_id])
    return [
        Form("Whose it is", address, fields, "Assign it"),
        Rows("It may be for", columns, likely, "Nothing open is like it.", wide=False),
        Form("It is no customer's", aside, [Field("reason", "What it is")], "Put it aside"),
    ]


@require_POST
@staff_page(*MONEY)
def assign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say whose the money of an entry is."""

    def act() -> object:
        invoice = _invoice(request.POST.get("invoice", ""))
        wanted = request.POST.get("customer", "").strip()
        customer: Customer = customer_of(wanted) if wanted or invoice is None else invoice.customer
        return actions.assign(public_id, customer, invoice, by=by_of(request))

    return acted(request, act, "It is assigned.", reverse("staff-gateway_manual:page", args=[public_id]))


@require_POST
@staff_page(*MONEY)
def put_aside(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say that the money of an entry is no customer's."""
    reason, by = request.POST.get("reason", ""), by_of(request)
    back = reverse("staff-gateway_manual:page", args=[public_id])
    return acted(request, lambda: actions.ignore(public_id, reason=reason, by=by), "It is put aside.", back)


urls = [
    path("", entries, name="list"),
    # Posts all of them: an address without an argument is a page that can be opened.
    path("do/<str:what>/", do, name="do"),
    path("<str:public_id>/", entry, name="page"),
    path("<str:public_id>/assign/", assign, name="assign"),
    path("<str:public_id>/ignore/", put_aside, name="ignore"),
]
