"""What promotions take off what is due of a period, and which periods they are for; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.money import EXACT, Rounding, add_up, plain, round_to
from tollbook.kernel.words import said
from tollbook.rating import Line, Say
from tollbook.rating import Stacking as Stacking  # how percentages meet, for those who make promotions
from tollbook.rating.lines import Fact, sentence
from tollbook.subscriptions.rules import Schedule
from tollbook.tax import spread_coupon

# The kind of a step that a promotion adds to the arithmetic of a charge.
PROMOTION = "promotion"
PLACES = 20
CODE_LIMIT = 40
_HUNDRED = Decimal(100)
_ZERO = Decimal(0)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*")


class Kind(StrEnum):
    """What a promotion takes off."""

    PERCENT = "percent"
    AMOUNT = "amount"
    PRICE = "price"
    SETUP = "setup"


class Reach(StrEnum):
    """What a promotion is taken off: what is due of a subscription, or whole invoices of the customer."""

    LINES = "lines"
    INVOICE = "invoice"


class Stacks(StrEnum):
    """How a promotion meets others of the same subscription, or of the same invoice."""

    ALONE = "alone"
    ADDITIVE = Stacking.ADDITIVE.value
    MULTIPLICATIVE = Stacking.MULTIPLICATIVE.value


class Audience(StrEnum):
    """For whom a promotion is."""

    ANYBODY = "anybody"
    NEW = "new"
    EXISTING = "existing"


class Due(StrEnum):
    """For what an amount is due."""

    ONCE = "one_time"
    RECURRING = "recurring"
    USE = "metered"


@dataclass(frozen=True, slots=True)
class Offer:
    """A redeemed promotion, as charging needs it: for periods that begin in `counts_from <= start < counts_until`.

    `value` is a percentage, or an amount of a whole period in the currency of the subscription. `plans` and `products`
    (row ids) name what it is for; both empty: everything.
    """

    redemption: str
    code: str
    kind: Kind
    value: Decimal
    stacks: Stacks
    use: bool
    counts_from: datetime
    counts_until: datetime | None = None
    plans: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()

    def covers(self, start: datetime) -> bool:
        """Whether a period, or a part of one, that begins at `start` is among its cycles."""
        return self.counts_from <= start and (self.counts_until is None or start < self.counts_until)

    def fits(self, plan_id: int, product_id: int) -> bool:
        """Whether it is for the plan, or for its product."""
        return not (self.plans or self.products) or plan_id in self.plans or product_id in self.products


class Owing(NamedTuple):
    """An amount of a period, zero or more, and what for; `share` is the part of the period that it is of."""

    due: Due
    amount: Decimal
    share: Fraction = Fraction(1)


class _Bill:
    """Amounts of one period while promotions come off them."""

    def __init__(self, owing: Mapping[int, Owing]) -> None:
        self.owing = owing
        # Finer digits than amounts are stored with are never taken off.
        self.left = {key: round_to(o.amount, PLACES, Rounding.FLOOR) for key, o in owing.items() if o.amount > 0}
        self.lines: dict[int, list[Line]] = {}

    def of(self, *dues: Due) -> list[int]:
        return [key for key in self.left if self.owing[key].due in dues]

    def take(self, key: int, off: Decimal, offer: Offer, of: Decimal) -> None:
        off = min(off, self.left[key])
        if off <= 0:
            return
        before = self.left[key]
        self.left[key] = EXACT.subtract(before, off)
        facts: tuple[tuple[str, Fact], ...] = (
            ("code", offer.code), ("redemption", offer.redemption), ("how", str(offer.kind)),
            ("value", offer.value), ("of", of), ("after", self.left[key]),
        )  # fmt: skip
        self.lines.setdefault(key, []).append(Line(PROMOTION, None, None, EXACT.minus(off), facts))

    def spread(self, offer: Offer, keys: Sequence[int], off: Decimal) -> None:
        """Take `off`, at most down to nothing, in proportion to what is left; the parts sum to it exactly."""
        before = [self.left[key] for key in keys]
        found = spread_coupon([(left, _ZERO) for left in before], round_to(off, PLACES), PLACES)
        for key, (part, _), left in zip(keys, found, before, strict=True):
            self.take(key, part, offer, left)


def take_off(
    offers: Iterable[Offer], start: datetime, owing: Mapping[int, Owing], share: Fraction
) -> dict[int, list[Line]]:
    """The steps by which promotions lower the amounts that are due of a period, or a part of one, from `start` on, by
    the key of the amount.

    `owing` are all fees of it, or one reading of use; `share` is the part of the whole period. In this order: a price
    in place of the recurring fees; percentages, first the additive ones, all of the same amount, then the
    multiplicative ones, each of what is left; free set-up; amounts of money, in proportion to what is left of the fees.
    Nothing falls below zero; what an amount of money has over is lost. Steps are rounded half up to 20 places.
    """
    counting = [offer for offer in offers if offer.covers(start)]
    bill = _Bill(owing)
    for offer in counting:
        if offer.kind is Kind.PRICE:
            _replace(bill, offer)
    _percents(bill, [offer for offer in counting if offer.kind is Kind.PERCENT])
    for offer in counting:
        if offer.kind is Kind.SETUP:
            for key in bill.of(Due.ONCE):
                bill.take(key, bill.left[key], offer, bill.left[key])
    for offer in counting:
        if offer.kind is Kind.AMOUNT and (fees := bill.of(Due.ONCE, Due.RECURRING)):
            bill.spread(offer, fees, round_to(Fraction(offer.value) * share, PLACES))
    return bill.lines


def _replace(bill: _Bill, offer: Offer) -> None:
    """The promised price, as much of it as is due of the fees, in place of all recurring fees, where it is lower."""
    fees = bill.of(Due.RECURRING)
    if fees:
        promised = round_to(Fraction(offer.value) * bill.owing[fees[0]].share, PLACES)
        more = EXACT.subtract(add_up(bill.left[key] for key in fees), promised)
        if more > 0:
            bill.spread(offer, fees, more)


def _percents(bill: _Bill, offers: Sequence[Offer]) -> None:
    added = [offer for offer in offers if offer.stacks is not Stacks.MULTIPLICATIVE]
    multiplied = [offer for offer in offers if offer.stacks is Stacks.MULTIPLICATIVE]
    for key in bill.left:
        base = bill.left[key]
        for offer in added:
            _percent(bill, key, offer, base)
        for offer in multiplied:
            _percent(bill, key, offer, bill.left[key])


def _percent(bill: _Bill, key: int, offer: Offer, of: Decimal) -> None:
    if offer.use or bill.owing[key].due is not Due.USE:
        bill.take(key, round_to(Fraction(of) * Fraction(offer.value) / 100, PLACES), offer, of)


def cycles_of(
    schedule: Schedule, charged_until: datetime | None, at: datetime, cycles: int | None
) -> tuple[datetime, datetime | None]:
    """From when until when (None: for ever) a promotion redeemed at `at` counts, for that many periods.

    From the first period, which counts as one even where it is cut short, while nothing of the subscription is charged;
    else from the next one.
    """
    if charged_until is None:
        starts, whole = schedule.started_at, schedule.whole(schedule.started_at)
    else:
        whole = schedule.whole(schedule.whole(max(charged_until, at)).end)
        starts = whole.start
    if cycles is None:
        return starts, None
    for _ in range(cycles - 1):
        whole = schedule.whole(whole.end)
    return starts, whole.end


def code_of(given: str, prefix: str = "") -> str:
    """A code as it is stored: in capitals, with the prefix in front; Refused "bad_promotion_code"."""
    code = given.strip().upper()
    code = code if code.startswith(prefix) else f"{prefix}{code}"
    if not _CODE.fullmatch(code) or len(code) > CODE_LIMIT or code == prefix:
        right = f"use letters, digits and -, at most {CODE_LIMIT} with the prefix"
        raise Refused("bad_promotion_code", f"code {shown(given)}: {right}", param="code")
    return code


def overlap(a: tuple[datetime, datetime | None], b: tuple[datetime, datetime | None]) -> bool:
    """Whether two spans, half-open and without end where that is None, share an instant."""
    return (a[1] is None or b[0] < a[1]) and (b[1] is None or a[0] < b[1])


@sentence(PROMOTION)
def _words(line: Mapping[str, str], say: Say) -> str:
    value, of, off = line["value"], say.money(line["of"]), say.money(line["amount"])
    told = {
        Kind.PERCENT: said("{value} % off {of}", value=value, of=of),
        Kind.AMOUNT: said(
            "of {value} off the fees of a whole period, its part for {of}", value=say.money(value), of=of
        ),
        Kind.PRICE: said(
            "{value} for a whole period in place of the fees, its part for {of}", value=say.money(value), of=of
        ),
        Kind.SETUP: said("free set-up, {of} off", of=of),
    }[Kind(line["how"])]
    return said("Promotion {code}: {told}: {off}", code=line["code"], told=told, off=off)


def check_value(kind: Kind, value: Decimal) -> None:
    """Refused "bad_promotion_value" for a percentage or amount that promises nothing or more than all."""
    if kind is Kind.PERCENT and not 0 < value <= _HUNDRED:
        message = f"value: {plain(value)} % is not more than 0 and at most 100"
        raise Refused("bad_promotion_value", message, param="value")
    if kind is Kind.AMOUNT and value <= 0:
        message = f"value: {plain(value)} takes nothing off: give an amount above zero"
        raise Refused("bad_promotion_value", message, param="value")
    if kind is Kind.PRICE and value < 0:
        raise Refused("bad_promotion_value", f"value: a price of {plain(value)} is below zero", param="value")
    if kind is Kind.SETUP and value:
        raise Refused("bad_promotion_value", "value: free set-up has none: leave it out", param="value")
