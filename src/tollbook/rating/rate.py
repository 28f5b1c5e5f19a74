"""Rating: terms and a quantity to explained lines."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, plain
from tollbook.kernel.words import said
from tollbook.rating import modifiers
from tollbook.rating.lines import Line, Rated, Say, sentence
from tollbook.rating.modifiers import Limits
from tollbook.rating.semantics import Kind, Prorate
from tollbook.rating.terms import Terms
from tollbook.rating.usage import Usage

_WHOLE = Fraction(1)
_ZERO = Decimal(0)


def rate(
    terms: Terms,
    quantity: Decimal,
    *,
    share: Fraction = _WHOLE,
    before: Decimal = _ZERO,
    last: bool = True,
    already: Decimal | None = None,
    usage: Usage | None = None,
) -> Rated:
    """What `quantity` costs under `terms`, in the currency of the price.

    share     the part of the period that is billed, exact (15 of 31 days: Fraction(15, 31));
              `semantics.prorate` says what it scales
    before    quantity of the same period that was billed earlier: tiers, packages, allowance and maximum go
              on from there, and the earlier amount is taken off
    last      whether this closes the period; only then is the minimum due
    already   amount billed earlier, when it is known; else it is what `before` costs. Needed where earlier
              billing was of quantity zero and a fee at zero was due
    usage     particulars of the quantity, for prices that need them (single transactions, peaks, times); such
    a
              quantity cannot be split by `before` unless `already` is given: Refused 'usage_split'

    `quantity` may be negative, as the correction of an earlier one, but not below minus `before`: Refused
    'negative_quantity'. A negative `share` is Refused 'bad_share'.
    """
    if terms.bare and not before and already is None and usage is None and share == 1:
        if quantity < 0:
            raise _negative(quantity)
        lines, amount = terms.model.price(quantity, terms.semantics)
        return Rated(lines, amount, quantity)
    if usage is not None and before and already is None:
        message = "what earlier use cost is not known from its quantity alone: give `already`"
        raise Refused("usage_split", message, param="already")
    total = _checked_total(before, quantity, share)
    limit = modifiers.limits(terms, share)
    found: list[Line] = []
    amount = modifiers.price(terms, total, limit, found, usage)
    if last:
        amount = modifiers.raise_to_minimum(limit, amount, found)
    exact = limit.exact and not any(name == "rounded" for line in found for name, _ in line.facts)
    if share != 1 and terms.semantics.prorate is Prorate.PRICE:
        amount, finite = modifiers.prorate(amount, share, found)
        exact = exact and finite
    earlier = _earlier(terms, before, limit, share) if already is None else _capped(already, limit, share, terms)
    if earlier:
        found.append(Line("already", before, None, EXACT.minus(earlier)))
        amount = EXACT.subtract(amount, earlier)
    free = limit.allowance
    priced = EXACT.subtract(modifiers.billable(total, free), modifiers.billable(before, free))
    return Rated(tuple(found), amount, priced, exact)


def _checked_total(before: Decimal, quantity: Decimal, share: Fraction) -> Decimal:
    total = EXACT.add(before, quantity)
    if total < 0 or before < 0:
        raise _negative(total)
    if share < 0:
        raise Refused("bad_share", f"a share of {share} of a period is not possible", param="share")
    return total


def _earlier(terms: Terms, before: Decimal, limit: Limits, share: Fraction) -> Decimal:
    if not before:
        return _ZERO
    amount = modifiers.price(terms, before, limit, [])
    if share != 1 and terms.semantics.prorate is Prorate.PRICE:
        amount, _ = modifiers.prorate(amount, share, [])
    return amount


def _capped(already: Decimal, limit: Limits, share: Fraction, terms: Terms) -> Decimal:
    if limit.maximum is None:
        return already
    maximum = limit.maximum
    if share != 1 and terms.semantics.prorate is Prorate.PRICE:
        maximum, _ = modifiers.prorate(maximum, share, [])
    return min(already, maximum)


def _negative(quantity: Decimal) -> Refused:
    message = f"quantity {quantity} of a period is below zero: correct at most what was billed"
    return Refused("negative_quantity", message, param="quantity", value=plain(quantity))


@sentence("already")
def _already(line: Mapping[str, str], say: Say) -> str:
    return said(
        "Billed earlier in this period for {quantity}: {amount}",
        quantity=say.quantity(line["quantity"]),
        amount=say.money(line["amount"]),
    )


def price_words(terms: Terms, currency: str, unit: str, kind: Kind | str = Kind.RECURRING) -> list[str]:
    """The price and its semantics in plain English, for plan pages; `unit` is that of the meter or ''.

    `kind` is that of the price, "one_time", "recurring" or "metered": it decides what a part of a period means.
    """
    say, kind = Say(currency, unit), Kind(kind)
    found = terms.model.words(say)
    if terms.allowance:
        found.append(said("{allowance} are included.", allowance=say.quantity(plain(terms.allowance))))
    if terms.limit is not None:
        part = said(", and at its share in a part of one") if terms.semantics.prorate is Prorate.LIMITS else ""
        found.append(
            said(
                "It stops at the limit of {limit} in a period{part}: more is refused.",
                limit=say.quantity(plain(terms.limit)),
                part=part,
            )
        )
    if terms.kept != 1:
        percent = plain(EXACT.multiply(EXACT.subtract(Decimal(1), terms.kept), Decimal(100)))
        found.append(said("A discount of {percent} % is taken off.", percent=percent))
    if terms.maximum is not None:
        found.append(said("At most {maximum} for a period.", maximum=say.money(plain(terms.maximum))))
    if terms.minimum is not None:
        found.append(said("At least {minimum} for a period.", minimum=say.money(plain(terms.minimum))))
    parts = terms.semantics.of_parts(kind)
    choices = (*terms.model.matters(), *parts, "period_end", "rounding", "credit_order")
    return [*found, *terms.semantics.words(choices, kind)]
