"""Codes that take something off whole invoices: how much, and which part of it off which line; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tollbook.kernel.allocate import allocate
from tollbook.kernel.money import EXACT, Money, add_up, plain, round_to
from tollbook.promotions.rules import Kind, Stacks

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Code:
    """A redeemed code that counts for the next invoice of its customer, as its use `number`, up to the `last` (None:
    for ever).

    `value` is a percentage, or an amount in `currency` (empty: any, for a percentage).
    """

    redemption_id: int
    redemption: str
    code: str
    kind: Kind
    value: Decimal
    currency: str
    stacks: Stacks
    number: int
    last: int | None = None

    def after(self, uses: int) -> "Code | None":
        """The same code after so many further uses; None when it is used up."""
        number = self.number + uses
        return replace(self, number=number) if self.last is None or number <= self.last else None


class Taken(NamedTuple):
    """What a code takes off an invoice: `amount` of the prices that sum to `of`, and the part of each line."""

    code: Code
    of: Decimal
    amount: Decimal
    parts: tuple[Decimal, ...]


def take_off_invoice(codes: Sequence[Code], prices: Sequence[Decimal], places: int) -> list[Taken]:
    """What codes take off an invoice whose lines have these rounded prices, which line and product codes have lowered.

    In this order, whichever was redeemed first: percentages that are added, all of the same sum; those that are
    multiplied, each of what is left; amounts. A percentage is rounded half up once, for the invoice. It is spread over
    the lines that ask for money in proportion to what is left of them, by largest remainder, so that the parts sum to
    it exactly and no line falls below zero. What gives back on the same invoice lowers the sum, and bears no part.
    """
    left = list(prices)
    found = []
    added = [code for code in codes if code.kind is Kind.PERCENT and code.stacks is not Stacks.MULTIPLICATIVE]
    multiplied = [code for code in codes if code.kind is Kind.PERCENT and code.stacks is Stacks.MULTIPLICATIVE]
    base = add_up(left)
    for code in [*added, *multiplied, *(code for code in codes if code.kind is Kind.AMOUNT)]:
        now = add_up(left)
        of = base if code in added else now
        wanted = code.value
        if code.kind is Kind.PERCENT:
            wanted = round_to(Fraction(of) * Fraction(code.value) / 100, places)
        amount = min(round_to(wanted, places), now)
        if amount > 0:
            parts = allocate(amount, [max(price, _ZERO) for price in left], places)
            left = [EXACT.subtract(price, part) for price, part in zip(left, parts, strict=True)]
            found.append(Taken(code, of, amount, parts))
    return found


def given_up(taken: Decimal, before: Decimal, after: Decimal, places: int) -> Decimal:
    """How much of what codes had `taken` off a reading they give up, now that `after` is owed of the `before` that was
    charged: in proportion, and all of it where nothing is left. Zero or more.
    """
    if before <= 0 or after >= before:
        return _ZERO
    kept = round_to(Fraction(taken) * Fraction(max(after, _ZERO)) / Fraction(before), places)
    return EXACT.subtract(taken, kept)


def part_words(taken: Taken, currency: str, part: Decimal) -> str:
    """Why a line is lower by `part`: 'Promotion TEN: 10 % off the whole invoice of 80.00 EUR, 8.00 EUR: ...'."""
    of, whole = Money(taken.of, currency), Money(taken.amount, currency)
    percent = f"{plain(taken.code.value)} %" if taken.code.kind is Kind.PERCENT else str(whole)
    what = f"{percent} off the whole invoice of {of}{f', {whole}' if taken.code.kind is Kind.PERCENT else ''}"
    return f"Promotion {taken.code.code}: {what}; its part for this line: {Money(-part, currency)}"


def given_up_words(code: str, currency: str, part: Decimal) -> str:
    """Why less is given back: 'Promotion TEN had lowered what is corrected here: 2.00 EUR less are given back'."""
    return f"Promotion {code} had lowered what is corrected here: {Money(abs(part), currency)} less are given back"
