"""What falls due when, and what a changed reading still owes; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, add_up, plain
from tollbook.kernel.period import Period
from tollbook.kernel.times import zone_info
from tollbook.promotions.rules import PROMOTION
from tollbook.rating import Line, Prorate, Terms, Unused, rate
from tollbook.subscriptions.rules import Schedule, Stage

# The reason of a revision because of a reading that has changed.
LATE = "late or changed use"


@dataclass(frozen=True, slots=True)
class Borders:
    """What turning borders makes due: periods that begin (charged in advance) and periods that end (in
    arrears).
    """

    begun: tuple[Period, ...]
    ended: tuple[Period, ...]
    closed_until: datetime | None
    due_at: datetime | None


def borders(schedule: Schedule, closed_until: datetime | None, until: datetime) -> Borders:
    """The periods of a subscription that begin or end after `closed_until` and not after `until`.

    `closed_until` is the last border already turned (None before the first). `due_at` is the next border,
    None when the subscription has ended and nothing is left.
    """
    periods = list(schedule.periods(closed_until or schedule.started_at, until))
    begun = tuple(p for p in periods if closed_until is None or p.start > closed_until)
    ended = tuple(p for p in periods if p.end <= until and (closed_until is None or p.end > closed_until))
    turned = max([*(p.start for p in begun), *(p.end for p in ended)], default=closed_until)
    return Borders(begun, ended, turned, _next(schedule, turned))


def _next(schedule: Schedule, turned: datetime | None) -> datetime | None:
    if turned is None or turned < schedule.started_at:
        return schedule.started_at
    if schedule.ended_at and turned >= schedule.ended_at:
        return None
    part = schedule.clip(schedule.whole(turned))
    return part.end if part else None


def all_borders(schedules: Sequence[Schedule], closed_until: datetime | None, until: datetime) -> list[Borders]:
    """`borders` of each stage of a subscription; all say up to where the whole of it is turned, and when it is due
    next.
    """
    each = [borders(schedule, closed_until, until) for schedule in schedules]
    turned = max((b.closed_until for b in each if b.closed_until), default=closed_until)
    due = next_due(schedules, turned)
    return [replace(b, closed_until=turned, due_at=due) for b in each]


def next_due(schedules: Sequence[Schedule], turned: datetime | None) -> datetime | None:
    """The first border of the stages after `turned`; None when nothing is left."""
    following = (_next(schedule, turned) for schedule in schedules)
    return min((at for at in following if at is not None), default=None)


def last_border(schedules: Sequence[Schedule], until: datetime) -> datetime | None:
    """The last border of the stages at or before `until`; None before the first one."""
    found = []
    for schedule in schedules:
        if schedule.started_at <= until:
            over = schedule.ended_at is not None and schedule.ended_at <= until
            part = None if over else schedule.clip(schedule.whole(until))
            found.append(part.start if part else schedule.ended_at)
    return max((at for at in found if at), default=None)


def changed_since(
    stages: Sequence[Stage],
    ended_at: datetime | None,
    recharge_from: datetime | None,
    closed_until: datetime | None,
    until: datetime,
) -> datetime | None:
    """From where what is charged must be looked at again: what was said of the past, and changes of plan and ends that
    come into force between `closed_until` and `until`. None when all that is charged stands.
    """
    if closed_until is None:
        return None
    cuts = [*(stage.start for stage in stages), *([ended_at] if ended_at else [])]
    found = [at for at in cuts if closed_until < at <= until]
    if recharge_from is not None and recharge_from <= until:
        found.append(recharge_from)
    return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Threshold:
    """When to tell of spend: at an amount, or at a percentage of a budget (an amount, too)."""

    amount: Decimal | None = None
    percent: Decimal | None = None
    budget: Decimal | None = None

    @property
    def limit(self) -> Decimal:
        """The amount at which it is told."""
        if self.amount is not None:
            return self.amount
        if self.percent is None or self.budget is None:
            raise ValueError("a threshold of nothing")
        return self.budget * self.percent / 100

    def check(self) -> None:
        """Refused "threshold_incomplete" unless there is either an amount or a percentage of a budget, and
        "amount_not_positive" where what there is is not more than zero.
        """
        if (self.amount is None) != (self.percent is not None and self.budget is not None) or (
            self.amount is not None and (self.percent is not None or self.budget is not None)
        ):
            message = "threshold: give an amount, or percent and budget, and not both"
            raise Refused("threshold_incomplete", message, param="amount")
        for name, value in (("amount", self.amount), ("percent", self.percent), ("budget", self.budget)):
            if value is not None and value <= 0:
                raise Refused("amount_not_positive", f"{name}: {plain(value)} must be more than zero", param=name)


@dataclass(frozen=True, slots=True)
class Owed:
    """A rated reading as a charge stores it: the whole amount of the period, and the arithmetic behind it."""

    quantity: Decimal
    amount: Decimal
    rated: dict[str, Any]


def owe(terms: Terms, quantity: Decimal, share: Fraction = Fraction(1)) -> Owed:
    """Rate a reading, or a period's fee, for a `share` of the period.

    A negative reading, in which credits of the upstream exceed the use, is owed back at the price that as
    much use would have cost; a minimum is never owed back.
    """
    result = rate(terms, abs(quantity), share=share, last=quantity >= 0)
    sign = -1 if quantity < 0 else 1
    rated = {
        "quantity": format(quantity, "f"),
        "share": str(share),
        "credited": quantity < 0,
        "exact": result.exact,
        "lines": [line.data() for line in result.lines],
    }
    return Owed(quantity, sign * result.amount, rated)


def lowered(owed: Owed, steps: Sequence[Line]) -> Owed:
    """What is owed after the steps of promotions; what is given back, of credits, is lowered just so."""
    if not steps:
        return owed
    off = add_up(step.amount for step in steps)
    amount = EXACT.subtract(owed.amount, off) if owed.rated["credited"] else EXACT.add(owed.amount, off)
    return Owed(owed.quantity, amount, {**owed.rated, "lines": [*owed.rated["lines"], *(s.data() for s in steps)]})


def owe_again(terms: Terms, rated: Mapping[str, Any]) -> Decimal:
    """The amount of a charge's whole reading, rated anew; what promotions took off it is as stored (`rated`)."""
    if rated.get("void"):
        return Decimal(0)
    owed = owe(terms, Decimal(rated["quantity"]), Fraction(rated["share"])).amount
    off = add_up(Decimal(step["amount"]) for step in rated["lines"] if step["kind"] == PROMOTION)
    return EXACT.subtract(owed, off) if rated.get("credited") else EXACT.add(owed, off)


def nothing() -> Owed:
    """What is owed of a period that never was: its plan was replaced from its start on, or it begins after the end."""
    rated = {"quantity": "0", "share": "0", "credited": False, "void": True, "exact": True, "lines": []}
    return Owed(Decimal(0), Decimal(0), rated)


def shrinks(terms: Terms) -> bool:
    """Whether use in a part of a period is rated by its share: only limits shrink, where the price says so."""
    return terms.semantics.prorate is Prorate.LIMITS


def credits_unused(terms: Terms, stage: Stage) -> bool:
    """Whether what was paid in advance of the time after a stage ended is given back."""
    unused = terms.semantics.unused
    return unused is Unused.CREDIT or (unused is Unused.ON_CHANGE and stage.cut)


def why(stage: Stage | None, zone: str, less: bool, use: bool) -> str:
    """Why a fee (or `use`) of a period is charged again, for the customer: for `less` or for more.

    `stage` is None for a plan that counts at no time any more.
    """
    if stage is None:
        return "this plan was replaced from its beginning: credited"
    if stage.end is None:
        return "the period goes on: charged for the rest of it"
    day = f"{stage.end.astimezone(zone_info(zone)):%-d %B %Y}"
    what = f"{stage.cut_by} on {day}" if stage.cut else f"ended on {day}"
    if use:
        return f"{what}: only use up to it counts"
    return f"{what}: unused time credited" if less else f"{what}: charged up to it"
