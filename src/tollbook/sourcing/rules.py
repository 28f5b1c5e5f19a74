"""What becomes of a row of an upstream bill, and what it sells for; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tollbook.kernel.money import EXACT, round_to

PRICE_PLACES = 12
_HUNDRED = Decimal(100)
# UN/ECE Recommendation 20, for the e-invoice; a unit that has no code there is counted as "one".
_UNIT_CODES = {
    "gb": "E34",
    "gigabyte": "E34",
    "tb": "E35",
    "hours": "HUR",
    "hour": "HUR",
    "hrs": "HUR",
    "days": "DAY",
    "seconds": "SEC",
}


class Reason(StrEnum):
    """Why a row is reported instead of billed, in words that staff read."""

    ADJUSTMENT = "adjustment"
    CREDIT = "credit"
    PURCHASE = "purchase"
    TAX = "tax"
    ZERO_QUANTITY = "zero_quantity"
    NO_QUANTITY = "no_quantity"
    NO_PRICE = "no_unit_price"


IN_WORDS = {
    Reason.ADJUSTMENT: "an adjustment of the upstream's bill is ours to settle; it is no use of the customer's",
    Reason.CREDIT: "a credit that the upstream gives us is not passed on by itself; grant it if it should be",
    Reason.PURCHASE: "a purchase (commitment, reservation) is ours; the customer pays for use",
    Reason.TAX: "the upstream's tax is not the customer's; ours is computed on the invoice",
    Reason.ZERO_QUANTITY: "nothing was used",
    Reason.NO_QUANTITY: "the row has no pricing quantity",
    Reason.NO_PRICE: "the row has no list unit price",
}
_BY_CATEGORY = {
    "adjustment": Reason.ADJUSTMENT,
    "credit": Reason.CREDIT,
    "purchase": Reason.PURCHASE,
    "tax": Reason.TAX,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`billed` (use), `credited` (use taken back, a negative quantity) or `reported` with the reason."""

    outcome: str
    reason: Reason | None = None


def judge(category: str, quantity: Decimal | None, unit_cost: Decimal | None) -> Verdict:
    """What becomes of a row of ChargeCategory `category` (FOCUS 1.0, section ChargeCategory).

    Use with a positive quantity is billed, also at a price of zero. Use with a negative quantity takes use
    back and is credited at the same price. Everything else is reported and nothing is dropped.
    """
    if reason := _BY_CATEGORY.get(category.lower()):
        return Verdict("reported", reason)
    if quantity is None:
        return Verdict("reported", Reason.NO_QUANTITY)
    if not quantity:
        return Verdict("reported", Reason.ZERO_QUANTITY)
    if unit_cost is None:
        return Verdict("reported", Reason.NO_PRICE)
    return Verdict("billed" if quantity > 0 else "credited")


def marked_up(cost: Decimal, markup_percent: Decimal, places: int = PRICE_PLACES) -> Decimal:
    """The price for a cost in the same currency, half up to `places` (12 for the price of a unit)."""
    return round_to(EXACT.multiply(cost, EXACT.divide(EXACT.add(_HUNDRED, markup_percent), _HUNDRED)), places)


@dataclass(frozen=True, slots=True)
class Step:
    """A party of a resale chain: it sells at its own `price`, or, where that is None, at a markup on what it paid."""

    party: str
    price: Decimal | None
    markup_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sold:
    """At what a party sells, and its margin, which may be negative."""

    party: str
    price: Decimal
    margin: Decimal


def resold(cost: Decimal, steps: Iterable[Step], places: int) -> list[Sold]:
    """A chain of resellers, the first of which buys at `cost`, each next one at the price of the one before.

    Prices from a markup are rounded half up to `places` (FOSSBilling); own prices stand as they are (ASTPP), below cost
    too (OSCM).
    """
    found = []
    for step in steps:
        price = marked_up(cost, step.markup_percent, places) if step.price is None else step.price
        found.append(Sold(step.party, price, EXACT.subtract(price, cost)))
        cost = price
    return found


def unit_code(unit: str) -> str:
    """The UN/ECE Recommendation 20 code of a pricing unit; C62 ("one") where there is none."""
    return _UNIT_CODES.get(unit.strip().lower(), "C62")
