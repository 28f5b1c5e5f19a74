"""What was billed beside what would have been: sums, winners and losers, the spread, and a limit; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, WIDE, plain, round_to

TOP = 20
_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
#: Upper borders of the classes of change in percent; a change on a border belongs to the class that it ends. "No
#: change" is a class of its own, and what was nothing before has none.
EDGES = (-50, -20, -10, -5, 0, 5, 10, 20, 50)
UNCHANGED, FROM_NOTHING = "no change", "from nothing"


@dataclass(frozen=True, slots=True)
class Sums:
    """An invoice to be, rounded, in its currency, and what its use costs upstream (None: nobody knows)."""

    net: Decimal = _ZERO
    tax: Decimal = _ZERO
    total: Decimal = _ZERO
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A customer in a currency, as charged (`old`) and under the other prices (`new`).

    `plan_net` is the part of the old net that the plan made. `open_periods` of it began in the time looked at and are
    not charged to their end yet: they are in neither side.
    """

    customer_id: int
    public_id: str
    name: str
    currency: str
    old: Sums
    new: Sums
    plan_net: Decimal = _ZERO
    open_periods: int = 0

    @property
    def difference(self) -> Decimal:
        """The new net less the old one: above nothing the customer pays more."""
        return EXACT.subtract(self.new.net, self.old.net)

    @property
    def percent(self) -> Decimal | None:
        return percent(self.difference, self.old.net)


def percent(difference: Decimal, of: Decimal) -> Decimal | None:
    """A difference in percent of an amount, to two places; None where the amount is nothing or less."""
    return round_to(WIDE.divide(WIDE.multiply(difference, _HUNDRED), of), 2) if of > 0 else None


def spread_class(row: Compared) -> str:
    """The class of the customer's change: "no change", "from nothing", or the class of percent that it falls in."""
    if not row.difference:
        return UNCHANGED
    if row.percent is None:
        return FROM_NOTHING
    exact = WIDE.divide(WIDE.multiply(row.difference, _HUNDRED), row.old.net)
    index = next((i for i, edge in enumerate(EDGES) if exact <= edge), len(EDGES))
    return CLASSES[index]


def _class_names() -> list[str]:
    first, last = f"{EDGES[0]} % or less", f"above {EDGES[-1]} %"
    between = [f"{low} to {high} %" for low, high in pairwise(EDGES)]
    return [first, *between, last]


CLASSES = _class_names()
ALL_CLASSES = (*CLASSES[:5], UNCHANGED, *CLASSES[5:], FROM_NOTHING)


@dataclass(slots=True)
class Totals:
    """All customers of one currency together; costs count only those that are known (`costed` customers)."""

    currency: str
    customers: int = 0
    winners: int = 0
    losers: int = 0
    old_net: Decimal = _ZERO
    new_net: Decimal = _ZERO
    old_total: Decimal = _ZERO
    new_total: Decimal = _ZERO
    plan_net: Decimal = _ZERO
    old_margin: Decimal = _ZERO
    new_margin: Decimal = _ZERO
    costed: int = 0
    open_periods: int = 0
    #: The largest raise of one customer in percent; None: nobody pays more. `from_nothing` pay and paid nothing before.
    largest_raise: Decimal | None = None
    from_nothing: int = 0
    spread: dict[str, int] = field(default_factory=dict)
    won_most: list[Compared] = field(default_factory=list)
    lost_most: list[Compared] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        return self.customers - self.winners - self.losers

    @property
    def difference(self) -> Decimal:
        return EXACT.subtract(self.new_net, self.old_net)

    @property
    def variance(self) -> Decimal | None:
        """The difference in percent of what the plan brought; None where it brought nothing."""
        return percent(self.difference, self.plan_net)

    def add(self, row: Compared) -> None:
        """Count a customer in."""
        self.customers += 1
        self.winners += row.difference < 0
        self.losers += row.difference > 0
        self.old_net = EXACT.add(self.old_net, row.old.net)
        self.new_net = EXACT.add(self.new_net, row.new.net)
        self.old_total = EXACT.add(self.old_total, row.old.total)
        self.new_total = EXACT.add(self.new_total, row.new.total)
        self.plan_net = EXACT.add(self.plan_net, row.plan_net)
        if row.old.cost is not None and row.new.cost is not None:
            self.costed += 1
            self.old_margin = EXACT.add(self.old_margin, EXACT.subtract(row.old.net, row.old.cost))
            self.new_margin = EXACT.add(self.new_margin, EXACT.subtract(row.new.net, row.new.cost))
        self.open_periods += row.open_periods
        name = spread_class(row)
        self.spread[name] = self.spread.get(name, 0) + 1
        if row.difference > 0:
            self.from_nothing += row.percent is None
            self._raise(row.percent)
        self._rank([row])

    def merge(self, other: "Totals") -> None:
        """Count in what another process has counted."""
        for name in ("old_net", "new_net", "old_total", "new_total", "plan_net", "old_margin", "new_margin"):
            setattr(self, name, EXACT.add(getattr(self, name), getattr(other, name)))
        for name in ("customers", "winners", "losers", "costed", "open_periods", "from_nothing"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, count in other.spread.items():
            self.spread[name] = self.spread.get(name, 0) + count
        self._raise(other.largest_raise)
        self._rank([*other.won_most, *other.lost_most])

    def _raise(self, by: Decimal | None) -> None:
        found = [each for each in (self.largest_raise, by) if each is not None]
        self.largest_raise = max(found, default=None)

    def _rank(self, rows: Sequence[Compared]) -> None:
        won = [*self.won_most, *(row for row in rows if row.difference < 0)]
        lost = [*self.lost_most, *(row for row in rows if row.difference > 0)]
        self.won_most = sorted(won, key=lambda r: (r.difference, r.customer_id))[:TOP]
        self.lost_most = sorted(lost, key=lambda r: (-r.difference, r.customer_id))[:TOP]

    def data(self) -> dict[str, Any]:
        """JSON-able; amounts as strings. Margins are None where no customer's cost is known."""
        return {
            "currency": self.currency,
            "customers": self.customers,
            "winners": self.winners,
            "losers": self.losers,
            "unchanged": self.unchanged,
            "old_net": plain(self.old_net),
            "new_net": plain(self.new_net),
            "difference": plain(self.difference),
            "variance_percent": _told(self.variance),
            "plan_net": plain(self.plan_net),
            "old_total": plain(self.old_total),
            "new_total": plain(self.new_total),
            "old_margin": plain(self.old_margin) if self.costed else None,
            "new_margin": plain(self.new_margin) if self.costed else None,
            "customers_with_known_cost": self.costed,
            "open_periods": self.open_periods,
            "largest_raise_percent": _told(self.largest_raise),
            "from_nothing": self.from_nothing,
            "spread": {name: self.spread[name] for name in ALL_CLASSES if name in self.spread},
            "winners_most": [row_data(row) for row in self.won_most],
            "losers_most": [row_data(row) for row in self.lost_most],
        }


def _told(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def row_data(row: Compared) -> dict[str, str | None]:
    """A customer's row for JSON and CSV; amounts as strings."""
    return {
        "customer": row.public_id,
        "name": row.name,
        "currency": row.currency,
        "old_net": plain(row.old.net),
        "new_net": plain(row.new.net),
        "difference": plain(row.difference),
        "percent": _told(row.percent),
        "old_tax": plain(row.old.tax),
        "new_tax": plain(row.new.tax),
        "old_total": plain(row.old.total),
        "new_total": plain(row.new.total),
        "old_cost": _told(row.old.cost),
        "new_cost": _told(row.new.cost),
        "open_periods": str(row.open_periods),
    }


#: The columns of `row_data`, in its order.
COLUMNS = tuple(row_data(Compared(0, "", "", "", Sums(), Sums())))


def summed(rows: Iterable[Compared]) -> dict[str, Totals]:
    """Totals by currency, the rows read once."""
    found: dict[str, Totals] = {}
    for row in rows:
        if row.currency not in found:
            found[row.currency] = Totals(row.currency)
        found[row.currency].add(row)
    return found


def together(parts: Iterable[dict[str, Totals]]) -> dict[str, Totals]:
    """The totals of several processes as one."""
    found: dict[str, Totals] = {}
    for part in parts:
        for currency, totals in part.items():
            found.setdefault(currency, Totals(currency)).merge(totals)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a version may differ, in percent: revenue either way, and the raise of a single customer; None: as far as
    it does.
    """

    variance: Decimal | None = None
    single: Decimal | None = None

    def __bool__(self) -> bool:
        return self.variance is not None or self.single is not None


def check_limits(totals: Sequence[dict[str, Any]], limits: Limits) -> None:
    """Refused "variance_too_high" with the figures when a simulation (`Totals.data()` by currency) passes a limit.

    What was nothing before and is something now is above every limit.
    """
    found = [reason for each in totals for reason in _above(each, limits)]
    if found:
        message = f"version: {'; '.join(found)}; publish another version, or override with a reason"
        raise Refused("variance_too_high", message, param="version", figures=found)


def _above(told: dict[str, Any], limits: Limits) -> Iterable[str]:
    currency, variance, raised = told["currency"], told["variance_percent"], told["largest_raise_percent"]
    if limits.variance is not None:
        changed = f"revenue goes from {told['old_net']} to {told['new_net']} {currency}"
        difference, plan_net = Decimal(told["difference"]), Decimal(told["plan_net"])
        if variance is None and difference:
            yield f"{changed}, where the plan brought nothing before"
        elif variance is not None and abs(difference) * _HUNDRED > limits.variance * plan_net:
            yield f"{changed} ({variance} % of the plan's, at most {plain(limits.variance)} % are allowed)"
    if limits.single is not None:
        most = f"at most {plain(limits.single)} % are allowed"
        if told["from_nothing"]:
            yield f"{told['from_nothing']} customers in {currency} pay who paid nothing before"
        if raised is not None and Decimal(raised) > limits.single:
            yield f"a customer in {currency} pays {raised} % more, {most}"
