"""Credit notes as an act: an issued invoice is corrected by a document of its own, never by a change."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.bulk import copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.booking import claim
from tollbook.invoicing.documents.content import Content, Line
from tollbook.invoicing.documents.stored import hash_of, to_json
from tollbook.invoicing.drafting import tax_told
from tollbook.invoicing.models import Invoice, InvoiceLine, LineCharge
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rules import TABLE, LinePrice, State, Worth, credit_part, credit_taxes
from tollbook.invoicing.storing import LINE_COLUMNS, numbers, store_taxes
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import EXACT, minor_units, plain
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info
from tollbook.ledger.actions import post_many
from tollbook.tax import Code, Part, Priced, TaxLine, TaxMode, Treatment, totals

SERIES = "CN"
MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What to credit of a line (public id): `amount` of its price (which includes tax, if the price does), or all that
    is left.
    """

    line: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """A line of a credit note to be: of which line, how much, and whether it is all of a line that was not touched."""

    line: InvoiceLine
    treatment: Treatment
    worth: Worth
    whole: bool


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """All that a credit note says except its number and its day."""

    invoice: Invoice
    lines: tuple[CreditedLine, ...]
    taxes: tuple[TaxLine, ...]
    reason: str

    @property
    def sums(self) -> tuple[Decimal, Decimal, Decimal]:
        """(net, tax, total)."""
        return totals(self.taxes)


def draft_credit(invoice: Invoice, wanted: Sequence[LineCredit], reason: str) -> CreditDraft:
    """What a credit note over `wanted` of the invoice (all that is left of it, if empty) would say; writes nothing.

    Taxed as the invoice was. Refused "not_an_invoice", "not_issued", "line_twice", "line_not_on_invoice",
    "nothing_to_credit", "credit_exceeds_line" and "credit_exceeds" (more than is left of the invoice).
    """
    if invoice.kind != Invoice.Kind.INVOICE:
        raise Refused("not_an_invoice", f"invoice: {invoice} is a credit note: credit an invoice", param="invoice")
    if invoice.state == State.DRAFT:
        raise Refused("not_issued", f"invoice: {invoice} is a draft: issue it first", param="invoice")
    reason = clean_text(reason, "reason", MOST_REASON)
    places, mode = minor_units(invoice.currency), TaxMode(invoice.tax_mode)
    lines = list(invoice.lines.order_by("position"))
    worths = {line.pk: Worth(line.exact, line.net, line.gross) for line in lines}
    taken, treatments = taken_of(lines), treatments_of(content_of(invoice))
    asked = _asked(lines, taken, worths, wanted)
    found = []
    for line, amount in asked:
        worth = credit_part(worths[line.pk], taken[line.pk], amount, places)
        found.append(CreditedLine(line, treatments[_key(line)], worth, worth == worths[line.pk]))
    before = [_priced(line, taken[line.pk], treatments) for line in lines if _any(taken[line.pk])]
    given = {each.line.pk: taken[each.line.pk].plus(each.worth) for each in found}
    after = [_priced(line, now, treatments) for line in lines if _any(now := given.get(line.pk, taken[line.pk]))]
    used = {each.treatment for each in found}
    taxes = tuple(row for row in credit_taxes(before, after, invoice.currency, mode) if row.treatment in used)
    made = CreditDraft(invoice, tuple(found), taxes, reason)
    _check_total(made)
    return made


def _asked(
    lines: Sequence[InvoiceLine], taken: dict[int, Worth], worths: dict[int, Worth], wanted: Sequence[LineCredit]
) -> list[tuple[InvoiceLine, Decimal | None]]:
    """The lines to credit and how much of each, in the order of the invoice."""
    if not wanted:
        return [(line, None) for line in lines if _any(worths[line.pk].without(taken[line.pk]))]
    amounts: dict[str, Decimal | None] = {}
    for each in wanted:
        if each.line in amounts:
            raise Refused("line_twice", f"lines: {each.line} is named twice", param="lines")
        amounts[each.line] = each.amount
    unknown = sorted(amounts.keys() - {line.public_id for line in lines})
    if unknown:
        raise Refused("line_not_on_invoice", f"lines: the invoice has no line {unknown[0]}", param="lines")
    return [(line, amounts[line.public_id]) for line in lines if line.public_id in amounts]


def _check_total(made: CreditDraft) -> None:
    invoice, (_, _, total) = made.invoice, made.sums
    left = EXACT.subtract(invoice.total, invoice.credited)
    if not made.lines or total <= 0:
        message = f"invoice: of {invoice} nothing would be credited: {plain(left)} {invoice.currency} are left of it"
        raise Refused("nothing_to_credit", message, param="lines")
    if total > left:
        message = f"lines: {plain(total)} {invoice.currency} with tax are more than the {plain(left)} left of {invoice}"
        raise Refused("credit_exceeds", message, param="lines")


def _any(worth: Worth) -> bool:
    return any((worth.exact, worth.net, worth.gross))


def _key(line: InvoiceLine) -> tuple[str, Decimal, str]:
    return line.tax_code, line.tax_percent, line.tax_name


def _priced(line: InvoiceLine, worth: Worth, treatments: dict[tuple[str, Decimal, str], Treatment]) -> Priced:
    return Priced(worth.net, treatments[_key(line)], worth.gross)


def taken_of(lines: Sequence[InvoiceLine]) -> dict[int, Worth]:
    """What credit notes took of each line (by row id) so far."""
    found = {line.pk: Worth(Decimal(0), Decimal(0), None if line.gross is None else Decimal(0)) for line in lines}
    for note in InvoiceLine.objects.filter(corrects__in=lines):
        if note.corrects_id is not None:
            found[note.corrects_id] = found[note.corrects_id].plus(Worth(note.exact, note.net, note.gross))
    return found


def treatments_of(content: Content) -> dict[tuple[str, Decimal, str], Treatment]:
    """How the lines of an issued document were taxed, by code, percentage and name."""
    return {
        (tax.code, tax.percent, tax.tax_name): Treatment(
            Code(tax.code),
            tax.percent,
            tax.reason,
            tax.exemption_code or None,
            tuple(Part(part.name, part.percent) for part in tax.parts),
        )
        for tax in content.taxes
    }


def content_of_draft(made: CreditDraft, number: str, on: date) -> Content:
    """The frozen content of the credit note, to the parties of the invoice."""
    corrected = content_of(made.invoice)
    lines = {line.position: line for line in corrected.lines}
    net, tax, total = made.sums
    return replace(
        corrected,
        kind="credit_note",
        number=number,
        issued_on=on,
        due_on=None,
        lines=tuple(_told(each, lines[each.line.position], n, corrected) for n, each in enumerate(made.lines, 1)),
        taxes=tuple(tax_told(row) for row in made.taxes),
        net=net,
        tax=tax,
        total=total,
        prepaid=Decimal(0),
        prepaid_label="",
        payable=total,
        note=made.reason,
        payment=None,
        corrects=corrected.number,
        corrects_issued_on=corrected.issued_on,
    )


def _told(each: CreditedLine, line: Line, position: int, content: Content) -> Line:
    if each.whole:
        return replace(line, position=position)
    worth, currency = each.worth, content.currency
    price = line.net if line.gross is None else line.gross
    return replace(
        line,
        position=position,
        name=f"{line.name[:280]} (partly)",
        quantity=Decimal(1),
        unit="",
        unit_code="C62",
        unit_price=None,
        exact=worth.exact,
        net=worth.net,
        gross=worth.gross,
        arithmetic=(f"Credits {plain(worth.price)} of {plain(price)} {currency}.",),
    )


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
    invoice.save(update_fields=["credited", "state"])


def products_of(lines: Sequence[InvoiceLine]) -> dict[int, str]:
    """The product (public id) that each line sold, by row id."""
    rows = LineCharge.objects.filter(line__in=lines).order_by("pk")
    return dict(rows.values_list("line_id", "charge__price__version__plan__product__public_id"))


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
        rows.append((*whose, *amounts, *_key(line), line.tax_included))
    copy_rows("invoicing_line", LINE_COLUMNS, rows)


def _hash(lines: Sequence[LineCredit], reason: str) -> str:
    asked = sorted((each.line, "" if each.amount is None else plain(each.amount)) for each in lines)
    return hashlib.sha256(repr((asked, reason.strip())).encode()).hexdigest()
