"""Credit notes as an act: an issued invoice is corrected by a document of its own, never by a change."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.bulk import copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing import news
from tollbook.invoicing.booking import claim
from tollbook.invoicing.credit_drafting import (
    CreditDraft,
    CreditedLine,
    LineCredit,
    content_of_draft,
    draft_credit,
    tax_key,
)
from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.stored import hash_of, to_json
from tollbook.invoicing.models import Debit, Invoice, InvoiceLine, LineCharge
from tollbook.invoicing.rules import TABLE, LinePrice, State
from tollbook.invoicing.storing import LINE_COLUMNS, numbers, store_taxes
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import EXACT, plain
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info
from tollbook.ledger.actions import post_many

SERIES = "CN"


@action
def credit(
    invoice: Invoice,
    lines: Sequence[LineCredit] = (),
    *,
    reason: str,
    key: str,
    at: datetime | None = None,
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> Invoice:
    """Issue a credit note over lines, or parts of them, of an issued invoice; over all that is left, if none is named.

    Once for each `key` of the invoice: a repeat gets the note that was made, another request under the key is Refused
    "key_conflict". The invoice is locked meanwhile, so that two notes at once never take more than there is. Booked
    against the customer's debt, whether the invoice was paid or not; an unpaid invoice of which nothing is left is
    void. The audit trail says that `actor` did it, through `door`. Refused as `draft_credit` says.
    """
    clean_text(key, "key", 120)
    locked = Invoice.objects.select_for_update(of=("self",)).select_related("brand", "customer").get(pk=invoice.pk)
    asked = _hash(lines, reason)
    made = Invoice.objects.filter(corrects=locked, key=key).first()
    if made is not None:
        if made.key_hash != asked:
            message = f"key {key}: {made} was made under it for another request: give a new key"
            raise Refused("key_conflict", message, param="key")
        return made
    at = at or clock.now()
    found = draft_credit(locked, lines, reason)
    note = blank_note(locked.brand, at)
    note.customer, note.corrects = locked.customer, locked
    note.currency, note.tax_mode = locked.currency, locked.tax_mode
    note.period_start, note.period_end = locked.period_start, locked.period_end
    note.key, note.key_hash = key, asked
    note.net, note.tax, note.total = found.sums
    number(note, content_of_draft(found, BLANK, on_day(note)))
    note.save(force_insert=True)
    news.credited(note)
    _store_lines(note, found)
    store_taxes([(note, found.taxes)])
    products = products_of([each.line for each in found.lines])
    revenue = [(products[each.line.pk], _revenue(each)) for each in found.lines]
    post_many(claim(note, locked.customer, revenue, found.taxes, f"Credit note {note.label} of {locked.label}"), at)
    take_off(locked, note.total)
    detail = {"invoice": locked.public_id, "number": note.label, "total": plain(note.total), "currency": note.currency}
    record("invoice.credit", note.public_id, actor=actor, door=door, customer_id=note.customer_id, detail=detail, at=at)
    return note


BLANK = new_id("num")


def blank_note(brand: Brand, at: datetime) -> Invoice:
    """A credit note of the brand on the local day of `at`, without customer, amounts and number."""
    on = at.astimezone(zone_info(brand.zone)).date()
    state = State(move(TABLE, State.DRAFT, "issue"))
    return Invoice(
        brand=brand, kind=Invoice.Kind.CREDIT_NOTE, state=state, series=SERIES, year=on.year, issued_on=on,
        prepaid=Decimal(0), credited=Decimal(0), settled=Decimal(0), created_at=clock.now(),
    )  # fmt: skip


def on_day(note: Invoice) -> date:
    """The day on which a note is issued."""
    if note.issued_on is None:
        raise ValueError("a credit note without a day")
    return note.issued_on


def number(note: Invoice, content: Content) -> None:
    """Give the note its number and freeze its content, in which BLANK stands for the number."""
    on = on_day(note)
    (note.number,) = numbers(note.brand_id, SERIES, on, 1)
    note.label = f"{note.brand.code.upper()}-{SERIES}-{on.year}-{note.number:06d}"
    note.content = to_json(content).replace(BLANK, note.label)
    note.content_hash = hash_of(note.content)


def take_off(invoice: Invoice, total: Decimal) -> None:
    """Note on a locked invoice what a credit note took off; void where nothing of an unpaid one is left, paid where
    what was prepaid or paid covers the rest. Money that it no longer needs is the payments room's to free.
    """
    invoice.credited = EXACT.add(invoice.credited, total)
    if invoice.state == State.ISSUED:
        if invoice.credited == invoice.total and not invoice.prepaid and not invoice.settled:
            invoice.state = State(move(TABLE, invoice.state, "void"))
        elif not invoice.open:
            invoice.state = State(move(TABLE, invoice.state, "pay"))
            news.paid(invoice)
    invoice.save(update_fields=["credited", "state"])


def products_of(lines: Sequence[InvoiceLine]) -> dict[int, str]:
    """The product (public id) that each line sold, by row id."""
    rows = LineCharge.objects.filter(line__in=lines).order_by("pk")
    charged = dict(rows.values_list("line_id", "charge__price__version__plan__product__public_id"))
    return charged | dict(Debit.objects.filter(line__in=lines).values_list("line_id", "product__public_id"))


def _revenue(each: CreditedLine) -> Decimal:
    return LinePrice(each.worth.exact, each.line.tax_included, each.treatment, None).exact_net


def _store_lines(note: Invoice, found: CreditDraft) -> None:
    ids = next_ids("invoicing_line", len(found.lines))
    rows = []
    for row_id, (position, each) in zip(ids, enumerate(found.lines, 1), strict=True):
        line, worth = each.line, each.worth
        quantity, unit = (line.quantity, line.unit) if each.whole else (Decimal(1), "")
        name = line.name if each.whole else f"{line.name[:280]} (partly)"
        whose = (row_id, new_id("lin"), note.pk, note.customer_id, position, line.pk, line.section, name)
        amounts = (quantity, unit, worth.exact, Decimal(0), line.rounding, worth.net, worth.gross)
        rows.append((*whose, *amounts, *tax_key(line), line.tax_included))
    copy_rows("invoicing_line", LINE_COLUMNS, rows)


def _hash(lines: Sequence[LineCredit], reason: str) -> str:
    asked = sorted((each.line, "" if each.amount is None else plain(each.amount)) for each in lines)
    return hashlib.sha256(repr((asked, reason.strip())).encode()).hexdigest()
