"""States of an invoice, and the one place where lines are rounded; pure."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from tollbook.kernel.allocate import carry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, Rounding, add_up, minor_units, plain, round_to
from tollbook.tax import PartTax, Priced, TaxLine, TaxMode, Treatment, breakdown, due_of_price, groups, nets_of_gross
from tollbook.tax import totals as tax_totals

EXACT_PLACES = 20


class State(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    VOID = "void"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value.replace("_", " ")) for state in cls]


TABLE: dict[str, dict[str, str]] = {
    State.DRAFT: {"issue": State.ISSUED},
    State.ISSUED: {"pay": State.PAID, "write_off": State.WRITTEN_OFF, "void": State.VOID},
    # Money that settled it was taken back: a refund, a lost dispute, a bounced transfer.
    State.PAID: {"reopen": State.ISSUED, "void": State.VOID},
    State.WRITTEN_OFF: {"reopen": State.ISSUED, "void": State.VOID},
    State.VOID: {},
}


def round_line(exact: Decimal, places: int, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """One amount rounded by itself, once, to `places`."""
    return round_to(exact, places, mode)


def round_lines(
    exact: Sequence[Decimal],
    groups: Sequence[Hashable],
    places: int,
    carried: bool,
    modes: Sequence[Rounding] | None = None,
) -> list[Decimal]:
    """Each line's amount rounded once to `places`, in the mode that its price says (half up, where none is given).

    `carried`: the remainder of a line is carried to the next line of its group and mode, so that their lines sum to
    their exact sum rounded once, and no line is off by a minor unit or more. Otherwise each line is rounded by itself.
    docs/decisions/0004-line-rounding.md says why the first is the default.
    """
    modes = modes or [Rounding.HALF_UP] * len(exact)
    if not carried:
        return [round_line(amount, places, mode) for amount, mode in zip(exact, modes, strict=True)]
    members: dict[tuple[Hashable, Rounding], list[int]] = defaultdict(list)
    for index, key in enumerate(zip(groups, modes, strict=True)):
        members[key].append(index)
    rounded = [Decimal(0)] * len(exact)
    for (_, mode), indexes in members.items():
        for index, amount in zip(indexes, carry([exact[i] for i in indexes], places, mode), strict=True):
            rounded[index] = amount
    return rounded


class LinePrice(NamedTuple):
    """What a line is priced at: the exact sum of its charges, the tax that this includes (percent; None: it is without
    tax), how the line is taxed, whose remainders it shares, and how its price is rounded.
    """

    exact: Decimal
    included: Decimal | None
    treatment: Treatment
    group: Hashable
    rounding: Rounding = Rounding.HALF_UP

    @property
    def due(self) -> tuple[Fraction, Fraction]:
        """Its exact (net, gross)."""
        return due_of_price(self.exact, self.included or Decimal(0), self.treatment.percent)

    @property
    def exact_net(self) -> Decimal:
        """Its exact net; an endless fraction is cut to the places of an exact amount."""
        return round_to(self.due[0], EXACT_PLACES) if self.included else self.exact

    @property
    def asked(self) -> Decimal:
        """What is rounded: the exact gross of a price that includes tax, else the exact net.

        A gross in which another tax than the included one was put is an endless fraction at times: it is cut to the
        places of an exact amount.
        """
        if self.included is None or self.included == self.treatment.percent:
            return self.exact
        return round_to(self.due[1], EXACT_PLACES)


class Off(NamedTuple):
    """What a code off the whole invoice takes off a line's rounded price, in minor units; negative where it gives up
    what it took before. `exact` is the same in terms of the line's exact amount; `words` say why.
    """

    redemption_id: int
    redemption: str
    amount: Decimal
    exact: Decimal
    words: str


class LineAmounts(NamedTuple):
    """A line, rounded: its net, its gross where that is its price, and what was carried from the lines before."""

    net: Decimal
    gross: Decimal | None
    carried: Decimal


def amounts_of(
    lines: Sequence[LinePrice], currency: str, carried: bool, mode: TaxMode, offs: Sequence[Decimal] = ()
) -> list[LineAmounts]:
    """The amounts of an invoice's lines, each rounded once, in their order.

    A price without tax is rounded as the net. A price that includes tax is rounded as the gross, and the net follows
    from that as the tax mode says. `carried`: see `round_lines`; remainders stay with what is priced alike. `offs`, if
    any, are whole minor units that come off each rounded price.
    """
    places = minor_units(currency)
    # Lines that are taxed alike mostly share one treatment: it is compared once, not for every line.
    alike: dict[Treatment, int] = {}
    numbers = {
        id(t): alike.setdefault(t, len(alike)) for t in {id(line.treatment): line.treatment for line in lines}.values()
    }
    keys = [(line.group, numbers[id(line.treatment)], line.included is None) for line in lines]
    modes = [line.rounding for line in lines]
    asked = [line.asked for line in lines]
    rounded = round_lines(asked, keys, places, carried, modes)
    prices_due = [EXACT.subtract(price, off) for price, off in zip(rounded, offs, strict=True)] if offs else rounded
    inside = [index for index, line in enumerate(lines) if line.included is not None]
    prices = [(prices_due[index], lines[index].treatment) for index in inside]
    nets = dict(zip(inside, nets_of_gross(prices, currency, mode), strict=True))
    rest: dict[object, Decimal] = defaultdict(Decimal)
    found = []
    for index, key in enumerate(zip(keys, modes, strict=True)):
        before = rest[key] if carried else Decimal(0)
        rest[key] += asked[index] - rounded[index]
        gross = prices_due[index] if index in nets else None
        found.append(LineAmounts(nets.get(index, prices_due[index]), gross, before))
    return found


def rounded_totals(exact: Sequence[Decimal], places: int) -> tuple[Decimal, Decimal]:
    """(the sum of the rounded lines, the rounded sum): what rounding by line and with carried remainders come to.

    100 lines of 0.011 are 1.00 and 1.10 in a currency of two places (Flexprice).
    """
    one = [0] * len(exact)
    by_line, carried = (add_up(round_lines(exact, one, places, way)) for way in (False, True))
    return by_line, carried


class Totals(NamedTuple):
    """What an invoice comes to, in its currency: the tax breakdown, and `due` after what is credited."""

    taxes: tuple[TaxLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal


def totals(lines: Sequence[tuple[Decimal, Treatment]], currency: str, credit: Decimal = Decimal(0)) -> Totals:
    """The sums of an invoice over its lines, (rounded net, how it is taxed).

    Tax is rounded once for each group (EN 16931, BR-CO-17). `credit` is taken off the total and may pass it. Refused
    'not_rounded' for a net with more places than the currency.
    """
    taxes = groups(lines, currency)
    net, tax, total = tax_totals(taxes)
    return Totals(taxes, net, tax, total, EXACT.subtract(total, credit))


class Worth(NamedTuple):
    """What a line, or a part of it, is worth: exact as priced, net, and gross where its price includes tax."""

    exact: Decimal
    net: Decimal
    gross: Decimal | None

    @property
    def price(self) -> Decimal:
        """The rounded amount that the customer was told: with tax, where the price includes it."""
        return self.net if self.gross is None else self.gross

    def without(self, other: "Worth") -> "Worth":
        """What is left when `other` is taken off."""
        gross = None if self.gross is None else EXACT.subtract(self.gross, other.gross or Decimal(0))
        return Worth(EXACT.subtract(self.exact, other.exact), EXACT.subtract(self.net, other.net), gross)

    def covers(self, other: "Worth") -> bool:
        """Whether `other`, of a positive line, is no more than this."""
        left = self.without(other)
        return min(left.exact, left.net, left.price) >= 0

    def plus(self, other: "Worth") -> "Worth":
        """Both together."""
        gross = None if self.gross is None else EXACT.add(self.gross, other.gross or Decimal(0))
        return Worth(EXACT.add(self.exact, other.exact), EXACT.add(self.net, other.net), gross)


def credit_part(line: Worth, taken: Worth, amount: Decimal | None, places: int) -> Worth:
    """What a credit note gives back of a line of which `taken` is given back already: `amount` of its price, or all
    that is left.

    The net in a price that includes tax is given back in proportion, so that all parts together are the line. Refused
    "not_rounded", "credit_exceeds_line" (more than is left, or of the other sign) and "nothing_to_credit".
    """
    left = line.without(taken)
    if not any((left.exact, left.price)):
        raise Refused("nothing_to_credit", "lines: all of the line is credited already", param="lines")
    if amount is None or amount == left.price:
        return left
    if round_to(amount, places) != amount:
        raise Refused("not_rounded", f"amount {plain(amount)}: give at most {places} places", param="amount")
    if not amount or amount * left.price <= 0 or abs(amount) > abs(left.price):
        message = f"amount {plain(amount)}: {plain(left.price)} are left of the line, give no more than that"
        raise Refused("credit_exceeds_line", message, param="amount")
    exact = round_to(Fraction(line.exact) * Fraction(amount) / Fraction(line.price), EXACT_PLACES)
    if line.gross is None:
        return Worth(exact, amount, None)
    until = EXACT.add(taken.price, amount)
    net = round_to(Fraction(line.net) * Fraction(until) / Fraction(line.gross), places)
    return Worth(exact, EXACT.subtract(net, taken.net), amount)


def credit_taxes(
    before: Sequence[Priced], after: Sequence[Priced], currency: str, mode: TaxMode
) -> tuple[TaxLine, ...]:
    """The tax that a credit note takes back: that of all credited so far with it, less that without it.

    So the credit notes of an invoice together take back exactly its tax, however it was rounded, when all is credited.
    Only groups with a line that changes are in it.
    """
    known = {row.treatment: row for row in breakdown(before, currency, mode)}
    found = []
    for row in breakdown(after, currency, mode):
        old = known.get(row.treatment)
        if old is None:
            found.append(row)
            continue
        parts = tuple(
            PartTax(new.name, new.percent, EXACT.subtract(new.tax, was.tax))
            for new, was in zip(row.parts, old.parts, strict=True)
        )
        net, tax = EXACT.subtract(row.net, old.net), EXACT.subtract(row.tax, old.tax)
        found.append(TaxLine(row.treatment, net, tax, parts))
    return tuple(found)
