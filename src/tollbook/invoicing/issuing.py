"""Documents that ask for money get their number, are frozen, stored and booked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.bulk import copy_rows, insert, next_ids
from tollbook.charging.queries import billed
from tollbook.invoicing import news
from tollbook.invoicing.booking import entry_of
from tollbook.invoicing.codes import store_offs, store_uses
from tollbook.invoicing.documents.stored import hash_of, to_json
from tollbook.invoicing.drafting import DraftInvoice, DraftLine
from tollbook.invoicing.given import entries_given
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import TABLE, State
from tollbook.invoicing.storing import LINE_COLUMNS, line_columns, numbers, store_taxes
from tollbook.invoicing.telling import content
from tollbook.kernel.ids import new_id
from tollbook.kernel.states import move
from tollbook.kernel.times import zone_info
from tollbook.ledger.actions import post_many

SERIES = "INV"


def issue(drafts: Sequence[DraftInvoice], until: datetime, series: str = SERIES) -> list[Invoice]:
    """Number, freeze, store and book drafts of one brand, of invoices or of debit notes; returns them in order.

    Refused "issue_date_backwards".
    """
    brand = drafts[0].brand
    on = until.astimezone(zone_info(brand.zone)).date()
    due = on + timedelta(days=brand.payment_days)
    # Whatever needs no number is done before the counter is locked: other runs wait for that lock until we commit.
    blank = new_id("num")
    texts = [to_json(content(found, blank, on, due)) for found in drafts]
    created = clock.now()
    prefix = brand.code.upper() if series == SERIES else f"{brand.code.upper()}-{series}"
    invoices = [_unnumbered(found, on, due, created, series) for found in drafts]
    for invoice, row_id in zip(invoices, next_ids("invoicing_invoice", len(invoices)), strict=True):
        invoice.pk = row_id
    _store_lines(invoices, drafts)
    for invoice, text, number in zip(invoices, texts, numbers(brand.pk, series, on, len(drafts)), strict=True):
        invoice.number = number
        invoice.label = f"{prefix}-{on.year}-{number:06d}"
        invoice.content = text.replace(blank, invoice.label)
        invoice.content_hash = hash_of(invoice.content)
    insert(invoices)
    documents = list(zip(invoices, drafts, strict=True))
    store_uses(documents, created)
    post_many([e for i, d in documents for e in entry_of(i, d)] + entries_given(documents), until)
    news.issued(invoices)
    return invoices


def _unnumbered(found: DraftInvoice, on: date, due: date, created: datetime, series: str) -> Invoice:
    state = State(move(TABLE, State.DRAFT, "issue"))
    if found.total == found.prepaid:
        state = State(move(TABLE, state, "pay"))
    return Invoice(
        brand_id=found.brand.pk,
        customer_id=found.customer.pk,
        kind=found.kind,
        corrects=found.corrects,
        key=found.key,
        key_hash=found.key_hash,
        state=state,
        currency=found.currency,
        series=series,
        year=on.year,
        issued_on=on,
        due_on=due,
        period_start=min(line.first.period_start for line in found.lines),
        period_end=max(line.last.period_end for line in found.lines),
        net=found.net,
        tax=found.tax,
        total=found.total,
        prepaid=found.prepaid,
        credited=Decimal(0),
        settled=Decimal(0),
        tax_mode=found.tax_mode.value,
        created_at=created,
    )


def _store_lines(invoices: Sequence[Invoice], drafts: Sequence[DraftInvoice]) -> None:
    pairs = list(zip(invoices, drafts, strict=True))
    ids = iter(next_ids("invoicing_line", sum(len(d.lines) for d in drafts)))
    rows: list[tuple[object, ...]] = []
    charges: list[tuple[int, int]] = []
    lowered: list[tuple[int, DraftLine]] = []
    for invoice, found in pairs:
        for position, line in enumerate(found.lines, 1):
            row_id = next(ids)
            charges += [(charge.pk, row_id) for charge in line.charges]
            whose = (invoice.pk, invoice.customer_id, position, None)
            rows.append((row_id, new_id("lin"), *whose, *line_columns(line)))
            if line.offs:
                lowered.append((row_id, line))
    copy_rows("invoicing_line", LINE_COLUMNS, rows)
    copy_rows("invoicing_line_charge", ("charge_id", "line_id"), charges)
    if lowered:
        store_offs(lowered)
    store_taxes([(invoice, found.taxes) for invoice, found in pairs])
    billed([charge_id for charge_id, _ in charges])
