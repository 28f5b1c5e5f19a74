"""What stands around a price model: allowance before it; discount, maximum, minimum and proration after it.

The order is fixed and told here once: allowance, model, discount, maximum, minimum, proration. A model knows
nothing of them, and each is a function over the growing list of lines. (OpenMeter orders discount, then spend
cap, in the same way: "unit_test.go", percentage discount before maximum.)
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tollbook.kernel.money import EXACT, to_decimal
from tollbook.kernel.words import said
from tollbook.rating.lines import Fact, Line, Say, sentence
from tollbook.rating.semantics import Prorate
from tollbook.rating.terms import Terms
from tollbook.rating.usage import Usage

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


class Limits(NamedTuple):
    """Allowance, minimum and maximum of this part of a period; not `exact` when a fraction was rounded."""

    allowance: Decimal | None
    minimum: Decimal | None
    maximum: Decimal | None
    exact: bool = True


def limits(terms: Terms, share: Fraction) -> Limits:
    """The limits of `terms`, shrunk to `share` where the semantics say so."""
    whole = Limits(terms.allowance, terms.minimum, terms.maximum)
    if share == 1 or terms.semantics.prorate is not Prorate.LIMITS:
        return whole
    scaled = [None if value is None else to_decimal(Fraction(value) * share) for value in whole[:3]]
    allowance, minimum, maximum = (None if pair is None else pair[0] for pair in scaled)
    return Limits(allowance, minimum, maximum, all(pair is None or pair[1] for pair in scaled))


def units(terms: Terms, share: Fraction) -> tuple[Decimal | None, Decimal | None]:
    """The units that are included in a part of a period, and those that it may have; shrunk to `share` where the
    semantics say so.
    """
    limit = terms.limit
    if limit is not None and share != 1 and terms.semantics.prorate is Prorate.LIMITS:
        limit, _ = to_decimal(Fraction(limit) * share)
    return limits(terms, share).allowance, limit


def billable(quantity: Decimal, allowance: Decimal | None) -> Decimal:
    """What is left to pay of `quantity` after the allowance."""
    if not allowance:
        return quantity
    return EXACT.subtract(quantity, allowance) if quantity > allowance else _ZERO


def price(terms: Terms, quantity: Decimal, limit: Limits, lines: list[Line], usage: Usage | None = None) -> Decimal:
    """Allowance, model, discount and maximum; adds the lines and returns their sum."""
    rest = billable(quantity, limit.allowance)
    if limit.allowance:
        free = EXACT.subtract(quantity, rest)
        facts: tuple[tuple[str, Fact], ...] = (("allowance", limit.allowance), ("rest", rest))
        lines.append(Line("allowance", free, None, _ZERO, facts))
    if usage is None:
        priced, amount = terms.model.price(rest, terms.semantics)
    else:
        priced, amount = terms.model.price_usage(rest, usage, terms.semantics)
    lines.extend(priced)
    if terms.kept != 1 and amount:
        left = EXACT.multiply(amount, terms.kept)
        percent = EXACT.multiply(EXACT.subtract(Decimal(1), terms.kept), _HUNDRED)
        amount = _step(lines, "discount", amount, left, (("percent", percent),))
    if limit.maximum is not None and amount > limit.maximum:
        amount = _step(lines, "maximum", amount, limit.maximum, ())
    return amount


def raise_to_minimum(limit: Limits, amount: Decimal, lines: list[Line]) -> Decimal:
    """The minimum, where the amount is below it."""
    if limit.minimum is None or amount >= limit.minimum:
        return amount
    return _step(lines, "minimum", amount, limit.minimum, ())


def prorate(amount: Decimal, share: Fraction, lines: list[Line]) -> tuple[Decimal, bool]:
    """The part `share` of the amount, and whether it is exact."""
    part, exact = to_decimal(Fraction(amount) * share)
    facts: tuple[tuple[str, Fact], ...] = (("share", share),)
    if not exact:
        facts = (*facts, ("rounded", "20 places, half even"))
    return _step(lines, "proration", amount, part, facts), exact


def _step(
    lines: list[Line], kind: str, before: Decimal, after: Decimal, facts: tuple[tuple[str, Fact], ...]
) -> Decimal:
    """Add a line that leads from one amount to another."""
    change = EXACT.subtract(after, before)
    lines.append(Line(kind, None, None, change, (("before", before), ("after", after), *facts)))
    return after


@sentence("allowance")
def _allowance(line: Mapping[str, str], say: Say) -> str:
    free, included = say.quantity(line["quantity"]), say.number(line["allowance"])
    return said(
        "Included in the price: {free} of {included}; {rest} left to pay",
        free=free,
        included=included,
        rest=say.quantity(line["rest"]),
    )


@sentence("discount")
def _discount(line: Mapping[str, str], say: Say) -> str:
    percent, before, amount = line["percent"], say.money(line["before"]), say.money(line["amount"])
    return said("Discount of {percent} % on {before}: {amount}", percent=percent, before=before, amount=amount)


@sentence("maximum")
def _maximum(line: Mapping[str, str], say: Say) -> str:
    before, after, amount = (say.money(line[name]) for name in ("before", "after", "amount"))
    return said("At most {after} is due, not {before}: {amount}", after=after, before=before, amount=amount)


@sentence("minimum")
def _minimum(line: Mapping[str, str], say: Say) -> str:
    before, after, amount = (say.money(line[name]) for name in ("before", "after", "amount"))
    return said("At least {after} is due, not {before}: {amount} added", after=after, before=before, amount=amount)


@sentence("proration")
def _proration(line: Mapping[str, str], say: Say) -> str:
    before, after, amount = (say.money(line[name]) for name in ("before", "after", "amount"))
    note = said(" (rounded to {rounded})", rounded=line["rounded"]) if "rounded" in line else ""
    return said(
        "For {share} of the period: {before} × {share} = {after}{note}, a change of {amount}",
        share=line["share"],
        before=before,
        after=after,
        note=note,
        amount=amount,
    )
