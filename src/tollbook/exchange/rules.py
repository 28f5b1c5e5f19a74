"""Rates of exchange: exact, in either direction or through the euro; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, minor_units, plain, round_to

EURO = "EUR"
# A rate that is older says nothing of the day: after the longest row of days on which no bank works.
MOST_DAYS = 10


@dataclass(frozen=True, slots=True)
class Quote:
    """On a day, one `base` was `rate` of `quote`, as `source` says."""

    base: str
    quote: str
    on: date
    rate: Decimal
    source: str

    @property
    def words(self) -> str:
        """'1 EUR = 1.085 USD (ECB, 20 November 2026)'."""
        return f"1 {self.base} = {plain(self.rate)} {self.quote} ({self.source}, {self.on:%-d %B %Y})"

    def ratio(self, given: str) -> Fraction:
        """How much of its other currency one `given` is."""
        return Fraction(self.rate) if given == self.base else 1 / Fraction(self.rate)

    def other(self, given: str) -> str:
        """Its other currency."""
        return self.quote if given == self.base else self.base


@dataclass(frozen=True, slots=True)
class Found:
    """How one currency becomes another: `legs` one after the other, none where they are the same."""

    given: str
    wanted: str
    legs: tuple[Quote, ...]

    @property
    def ratio(self) -> Fraction:
        """How much of the wanted currency one unit of the given one is, exact."""
        found, currency = Fraction(1), self.given
        for leg in self.legs:
            found *= leg.ratio(currency)
            currency = leg.other(currency)
        return found

    @property
    def words(self) -> str:
        """The rates as they were published."""
        return "; ".join(leg.words for leg in self.legs)

    @property
    def on(self) -> date | None:
        """The day of the oldest of them."""
        return min((leg.on for leg in self.legs), default=None)


def converted(amount: Decimal, ratio: Fraction, currency: str) -> Money:
    """`amount` times `ratio` in `currency`, rounded once, half up, to its places."""
    return Money(round_to(Fraction(amount) * ratio, minor_units(currency)), currency)


def check_quote(quote: Quote) -> None:
    """Refused "bad_rate" for a rate that is not above zero, or between a currency and itself."""
    if quote.rate <= 0:
        raise Refused("bad_rate", f"rate: {plain(quote.rate)} is not above zero", param="rate")
    if quote.base == quote.quote:
        raise Refused("bad_rate", f"quote: {quote.quote} is the base itself: give another currency", param="quote")


def newest(quotes: Sequence[Quote]) -> Quote | None:
    """Of quotes in the order of entry the one of the latest day, and of those of one day the last that was entered."""
    return max(enumerate(quotes), key=lambda each: (each[1].on, each[0]), default=(0, None))[1]
