"""From the lines to credit to a credit note that only lacks its number; nothing is written here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tollbook.invoicing.documents.content import Content, Line
from tollbook.invoicing.exchanging import exchange_again, exchange_words
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rules import State, Worth, credit_part, credit_taxes
from tollbook.invoicing.telling import tax_told
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, minor_units, plain
from tollbook.kernel.text import clean_text
from tollbook.tax import Code, Part, Priced, TaxLine, TaxMode, Treatment, totals

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
    if not invoice.demands:
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
        found.append(CreditedLine(line, treatments[tax_key(line)], worth, worth == worths[line.pk]))
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


def tax_key(line: InvoiceLine) -> tuple[str, Decimal, str]:
    """The line's tax group: code, percentage and name."""
    return line.tax_code, line.tax_percent, line.tax_name


def _priced(line: InvoiceLine, worth: Worth, treatments: dict[tuple[str, Decimal, str], Treatment]) -> Priced:
    return Priced(worth.net, treatments[tax_key(line)], worth.gross)


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
    exchange = exchange_again(corrected.exchange, tax) if corrected.exchange else None
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
        note=" ".join(filter(None, (made.reason, exchange_words(exchange)))),
        exchange=exchange,
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
