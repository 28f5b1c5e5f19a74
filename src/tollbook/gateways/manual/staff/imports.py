"""Importing a statement: looked at first, and then imported as it was seen."""

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from tollbook.brands.models import Brand
from tollbook.gateways.manual import actions
from tollbook.gateways.manual.actions import File, Row
from tollbook.gateways.manual.table import DAY_FORMATS, Columns
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Invalid, Refused, TollbookError
from tollbook.kernel.money import Money
from tollbook.payments.staff.forms import Field, Form, acted, by_of
from tollbook.web import uploads
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, show
from tollbook.web.tables import Column

FILE_LIMIT = 2 * 1024 * 1024
PREVIEW_AGE_S = 3600
FAULTS_SHOWN = 50
_SALT = "bank-statement"


def to(what: str) -> str:
    """The address of an act."""
    return reverse("staff-gateway_manual:do", args=[what])


def import_form(brands: list[tuple[str, str]]) -> Form:
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


def _file(request: HttpRequest) -> tuple[Brand, File]:
    """The statement that was sent; Refused for none, one that is too large, or a wrong column list."""
    brand = get_object_or_404(Brand, public_id=request.POST.get("brand", ""))
    format_ = "csv" if request.POST.get("format") == "csv" else "camt"
    sent = request.FILES.get("file")
    raw = uploads.read(sent, FILE_LIMIT, xml=format_ == "camt")
    name = str(sent.name if sent else "")[:200]
    return brand, File(name or "statement", raw, format_, _columns(request))


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
        to("import"),
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
    if row.deposit is not None:
        return f"pays the deposit of {row.deposit.customer.name}"
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
