"""What issuing an invoice and a credit note share: numbers without gaps, the columns of a line, tax groups."""

from collections.abc import Sequence
from datetime import date

from tollbook.base.bulk import copy_rows, next_ids
from tollbook.invoicing.drafting import DraftLine, quantity
from tollbook.invoicing.models import Counter, Invoice
from tollbook.kernel.errors import Refused
from tollbook.tax import TaxLine

LINE_COLUMNS = (
    "id", "public_id", "invoice_id", "customer_id", "position", "corrects_id", "section", "name", "quantity", "unit",
    "exact", "carried", "rounding", "net", "gross", "tax_code", "tax_percent", "tax_name", "tax_included",
)  # fmt: skip


def numbers(brand_id: int, series: str, on: date, count: int) -> list[int]:
    """The next numbers of the series and year, taken under the counter's lock, so that none is ever missing (M18).

    Refused "issue_date_backwards" where the series went on beyond that day.
    """
    Counter.objects.get_or_create(brand_id=brand_id, series=series, year=on.year)
    counter = Counter.objects.select_for_update().get(brand_id=brand_id, series=series, year=on.year)
    if counter.last_issued_on and counter.last_issued_on > on:
        message = f"issued_on: {on} is before {counter.last_issued_on}, the day of the number before"
        raise Refused("issue_date_backwards", message, param="issued_on")
    first = counter.last + 1
    counter.last, counter.last_issued_on = counter.last + count, on
    counter.save(update_fields=["last", "last_issued_on"])
    return list(range(first, first + count))


def line_columns(line: DraftLine) -> tuple[object, ...]:
    """The columns of a line from `section` on; the quantity is that of its charges."""
    price = line.price
    return (
        price.section or line.product.name,
        price.name,
        quantity(line),
        price.unit,
        line.exact_owed,
        line.carried,
        line.rounding.value,
        line.net,
        line.gross,
        line.treatment.code,
        line.treatment.percent,
        line.treatment.name,
        line.included,
    )


def store_taxes(found: Sequence[tuple[Invoice, Sequence[TaxLine]]]) -> None:
    """Write the tax groups of invoices, and the parts of those that have several taxes."""
    rows = [(invoice.pk, group) for invoice, groups in found for group in groups]
    ids = next_ids("invoicing_tax", len(rows))
    copy_rows(
        "invoicing_tax",
        ("id", "invoice_id", "code", "percent", "name", "net", "tax"),
        (
            (row_id, invoice_id, g.treatment.code, g.treatment.percent, g.treatment.name, g.net, g.tax)
            for row_id, (invoice_id, g) in zip(ids, rows, strict=True)
        ),
    )
    parts = [(row_id, p.name, p.percent, p.tax) for row_id, (_, g) in zip(ids, rows, strict=True) for p in g.parts]
    if parts:
        numbered = zip(next_ids("invoicing_tax_part", len(parts)), parts, strict=True)
        columns = ("id", "group_id", "name", "percent", "tax")
        copy_rows("invoicing_tax_part", columns, ((row_id, *part) for row_id, part in numbered))
