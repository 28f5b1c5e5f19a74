"""What promotions took off an invoice, as facts of the ledger beside its revenue."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tollbook.charging.queries import rated_before
from tollbook.invoicing.drafting import DraftInvoice, DraftLine
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import EXACT, POSTING_PLACES, round_to
from tollbook.ledger.actions import Entry
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.promotions.rules import PROMOTION


def entries_given(documents: Sequence[tuple[Invoice, DraftInvoice]]) -> list[Entry]:
    """For each document whose charges a promotion lowered one entry: to each redemption what it took off, as priced,
    and against it the brand's total of all of them; also what codes took off the whole invoice.

    Revenue is booked net (docs/decisions/0015-promotions.md), so both stand beside profit and loss. A document over
    corrections books the difference to what their charges took off before.
    """
    lines = [line for _, found in documents for line in found.lines if line.corrects_earlier]
    before = rated_before([line.first.pk for line in lines]) if lines else {}
    entries = []
    for invoice, found in documents:
        given: dict[str, Decimal] = defaultdict(Decimal)
        for line in found.lines:
            _add(given, line, before)
            for off in line.offs:
                given[off.redemption] = EXACT.add(given[off.redemption], -off.amount if found.credits else off.amount)
        if legs := _legs(given, found):
            cause = Cause("invoice", invoice.public_id, "promotions")
            memo = f"Promotions on {invoice.label}"
            assert invoice.issued_on is not None  # noqa: S101  - it is issued; this tells the type checker
            entries.append(Entry(invoice.brand_id, cause, invoice.issued_on, legs, memo, found.customer.pk))
    return entries


def _add(given: dict[str, Decimal], line: DraftLine, before: Mapping[int, Mapping[str, Any]]) -> None:
    # Nearly no line has either: a bill run asks for every one.
    if any(step["kind"] == PROMOTION for step in line.last.rated["lines"]):
        for redemption, amount in taken_off(line.last.rated).items():
            given[redemption] = EXACT.add(given[redemption], amount)
    if line.first.pk in before:
        for redemption, amount in taken_off(before[line.first.pk]).items():
            given[redemption] = EXACT.subtract(given[redemption], amount)


def taken_off(rated: Mapping[str, Any]) -> dict[str, Decimal]:
    """What each redemption (public id) took off a whole reading, exact and as priced."""
    sign = 1 if rated.get("credited") else -1
    found: dict[str, Decimal] = defaultdict(Decimal)
    for step in rated["lines"]:
        if step["kind"] == PROMOTION:
            found[step["redemption"]] += sign * Decimal(step["amount"])
    return found


def _legs(given: Mapping[str, Decimal], found: DraftInvoice) -> tuple[Leg, ...]:
    legs = []
    for redemption, exact in sorted(given.items()):
        amount = round_to(exact, POSTING_PLACES)
        if amount:
            legs.append(Leg(Slot(AccountKind.DISCOUNT, found.currency, redemption, found.customer.pk), amount))
    total = sum((leg.amount for leg in legs), Decimal(0))
    if total:
        legs.append(Leg(Slot(AccountKind.DISCOUNT, found.currency), -total))
    return tuple(legs)
