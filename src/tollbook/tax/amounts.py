"""Tax on one amount: on top of it, inside it, several side by side, and what that rounding does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from tollbook.kernel.allocate import allocate
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, add_up, minor_units, round_to

_HUNDREDTH = Decimal("0.01")
# The net that gives a gross is within this many smallest units of gross / (1 + rate): one rounding each way.
_REACH = 2


def exclusive(net: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Tax on top of `net`, rounded half up to the currency's places (Flexprice and most engines)."""
    return _tax(net, percent, minor_units(currency))


def inclusive(gross: Decimal, percent: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """(net, tax) inside `gross`: the net is rounded half up, the tax is the rest (Invoice Ninja)."""
    net = round_to(Fraction(gross) / (1 + Fraction(percent) / 100), minor_units(currency))
    return net, EXACT.subtract(gross, net)


def due_of_price(price: Decimal, included: Decimal, percent: Decimal) -> tuple[Fraction, Fraction]:
    """(net, gross), exact, of a price that includes tax of `included` percent and bears `percent`.

    `included` 0 is a price without tax. Where both are the same, the gross is the price.
    """
    net = Fraction(price) * 100 / (100 + Fraction(included))
    return net, net * (100 + Fraction(percent)) / 100


def stacked(net: Decimal, percents: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """Several taxes on the same net, none on another, each rounded by itself (Canada's GST and QST)."""
    return tuple(exclusive(net, percent, currency) for percent in percents)


def stacked_gross(net: Decimal, percents: Sequence[Decimal], currency: str) -> Decimal:
    """`net` with all of its `stacked` taxes."""
    return add_up([net, *stacked(net, percents, currency)])


def _tax(net: Decimal, percent: Decimal, places: int) -> Decimal:
    return round_to(EXACT.multiply(net, EXACT.multiply(percent, _HUNDREDTH)), places)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a gross price can stand where tax is computed from the net, and what can instead."""

    reachable: bool
    recomputed_gross: Decimal
    nearest_below: Decimal
    nearest_above: Decimal


def reach(gross: Decimal, percent: Decimal, currency: str) -> Reach:
    """Look for a net price whose recomputed gross is `gross`; at 19 %, no net gives 0.03.

    E-invoices (EN 16931) and pretix's `sum_by_net` recompute the tax from the net, so some gross prices
    cannot occur; staff are warned when they set one.
    """
    places = minor_units(currency)
    step = EXACT.scaleb(Decimal(1), -places)
    start, _ = inclusive(gross, percent, currency)
    nets = [EXACT.add(start, EXACT.multiply(step, Decimal(k))) for k in range(-_REACH, _REACH + 1)]
    found = [EXACT.add(net, _tax(net, percent, places)) for net in nets]
    return Reach(
        gross in found,
        found[_REACH],
        max(value for value in found if value < gross),
        min(value for value in found if value > gross),
    )


class Spread(StrEnum):
    """How a coupon is rounded when it is spread over fees."""

    EXACT = "exact"  # shares add up to the coupon
    EACH = "each"  # every share is rounded by itself (Lago); their sum may differ by some smallest units


def spread_coupon(
    fees: Sequence[tuple[Decimal, Decimal]], coupon: Decimal, places: int, spread: Spread = Spread.EXACT
) -> tuple[tuple[Decimal, Decimal], ...]:
    """For each (net, percent) of `fees`: its share of `coupon`, and the tax on what is left of it.

    The coupon comes off before tax, in proportion to the nets, and at most down to zero. All in `places`
    decimals. Raises Refused 'bad_coupon' for a negative coupon or fee.
    """
    if coupon < 0 or any(net < 0 for net, _ in fees):
        raise Refused("bad_coupon", "a coupon and the fees it is spread over must be zero or more", param="coupon")
    total = add_up(net for net, _ in fees)
    used = min(coupon, total)
    if not total:
        shares: tuple[Decimal, ...] = tuple(Decimal(0) for _ in fees)
    elif spread is Spread.EACH:
        shares = tuple(round_to(Fraction(used) * Fraction(net) / Fraction(total), places) for net, _ in fees)
    else:
        shares = allocate(used, [net for net, _ in fees], places)
    return tuple(
        (share, _tax(EXACT.subtract(net, share), percent, places))
        for share, (net, percent) in zip(shares, fees, strict=True)
    )


@dataclass(frozen=True, slots=True)
class AfterCoupon:
    """Fees after a coupon: its share of each fee, all tax, and what is left to pay."""

    shares: tuple[Decimal, ...]
    tax: Decimal
    total: Decimal


def after_coupon(
    fees: Sequence[tuple[Decimal, Decimal]], coupon: Decimal, places: int, spread: Spread = Spread.EXACT
) -> AfterCoupon:
    """What (net, percent) `fees` come to once `coupon` was spread over them before tax; see `spread_coupon`.

    The total takes off the coupon itself, not its rounded shares: under EACH these may sum to some smallest units more
    or less (Lago).
    """
    found = spread_coupon(fees, coupon, places, spread)
    gross = add_up(net for net, _ in fees)
    tax = add_up(part for _, part in found)
    total = EXACT.add(EXACT.subtract(gross, min(coupon, gross)), tax)
    return AfterCoupon(tuple(share for share, _ in found), tax, total)
