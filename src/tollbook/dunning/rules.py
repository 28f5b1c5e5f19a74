"""Which steps follow an unpaid invoice, on which days, and what a late fee is; how overdue a customer is; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from tollbook.dunning.policy import Channel, Policy
from tollbook.kernel.calendars import days_between
from tollbook.kernel.money import Money, minor_units, plain, round_to


def retry_days(first_failure: date, gaps_days: Iterable[int]) -> tuple[date, ...]:
    """The days on which a failed payment is tried again: each gap counts from the attempt before (Kill Bill)."""
    attempts = []
    last = first_failure
    for gap in gaps_days:
        last += timedelta(days=gap)
        attempts.append(last)
    return tuple(attempts)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An invoice of a day, and the day on which it was paid, if ever."""

    day: date
    paid_on: date | None = None

    def open_on(self, on: date) -> bool:
        """Whether it was issued and not paid yet; on the day of payment it no longer is open."""
        return self.day <= on and (self.paid_on is None or self.paid_on > on)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A state that holds from `days` days after the earliest open invoice on."""

    state: str
    days: int


def overdue_state(invoices: Iterable[Unpaid], states: Iterable[Overdue], on: date) -> str | None:
    """The state of the most days that the earliest open invoice has reached on that day; None when none has.

    The day itself counts: with 30 days, an invoice of 1 May reaches it on 31 May. `states` may come in any order.
    Source: Kill Bill's overdue policy.
    """
    days = [invoice.day for invoice in invoices if invoice.open_on(on)]
    if not days:
        return None
    age = days_between(min(days), on)
    reached = [state for state in states if state.days <= age]
    return max(reached, key=lambda state: state.days).state if reached else None


class Kind(StrEnum):
    """A step, in the order in which steps of one day are taken."""

    REMIND = "remind"
    RETRY = "retry"
    FEE = "fee"
    SUSPEND = "suspend"
    TERMINATE = "terminate"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(kind.value, kind.value) for kind in cls]


class Running(StrEnum):
    """How a service is: it runs; dunning has stopped it; somebody else has; staff has let it run on all the same."""

    RUNS = "runs"
    STOPPED = "stopped"
    STOPPED_BY_OTHERS = "stopped_by_others"
    LET_RUN = "let_run"


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was taken or skipped for an invoice: its number among those of its kind, and the day of the act."""

    kind: Kind
    number: int
    on: date
    subscription: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A subscription with terms on the invoice that are not paid: its policy, and since when dunning has stopped it."""

    subscription: int
    policy: Policy
    running: Running
    stopped_on: date | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """An unpaid invoice as dunning sees it. `waited_until` is the last day on which its steps had to wait, if any."""

    issued_on: date
    due_on: date
    is_fee: bool
    done: Sequence[Done] = ()
    services: Sequence[Service] = ()
    waited_until: date | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A step to come: `number` among those of its kind. With `skip`, it is not taken, but noted with that reason."""

    day: date
    kind: Kind
    number: int
    subscription: int | None = None
    channels: tuple[Channel, ...] = ()
    skip: str = ""


PASSED = "its day had passed"
OVERTAKEN = "a later one took its place"


def planned(policy: Policy, debt: Debt, on: date) -> list[Planned]:
    """All steps of the invoice that are not taken yet, the earliest first, as things stand on the day `on`.

    `policy` counts for what concerns the document; what concerns a service follows the service's own.
    """
    found = [*_reminders(policy, debt), *_retry(policy, debt), *_fees(policy, debt)]
    for service in debt.services:
        found += _stops(service, debt, on)
    order = list(Kind)
    return sorted(found, key=lambda each: (each.day, order.index(each.kind), each.number, each.subscription or 0))


def due_now(policy: Policy, debt: Debt, on: date) -> list[Planned]:
    """The steps that are to be taken or skipped on the day `on`, in order.

    However many reminders or fees have fallen due meanwhile, only the last of each kind is taken: the others are noted
    as skipped. A reminder of what will be due is not sent when the day has passed.
    """
    due = [each for each in planned(policy, debt, on) if each.day <= on]
    last = {each.kind: each.number for each in due}
    found = []
    for each in due:
        overtaken = each.kind in (Kind.REMIND, Kind.FEE) and each.number != last[each.kind]
        passed = each.kind is Kind.REMIND and each.number < 0 and on >= debt.due_on
        skip = OVERTAKEN if overtaken else PASSED if passed else ""
        found.append(Planned(each.day, each.kind, each.number, each.subscription, each.channels, skip))
    return found


def _taken(debt: Debt, kind: Kind) -> list[Done]:
    return sorted((each for each in debt.done if each.kind is kind), key=lambda each: each.number)


def _reminders(policy: Policy, debt: Debt) -> Iterator[Planned]:
    """Numbered by their days: a reminder that was said in the past, of a day before the last one, never comes."""
    last = max((each.number for each in _taken(debt, Kind.REMIND)), default=None)
    for each in policy.reminders:
        day = debt.due_on + timedelta(days=each.days)
        # The invoice itself is news enough on the day of its issue.
        if (last is None or each.days > last) and day > debt.issued_on:
            yield Planned(day, Kind.REMIND, each.days, None, each.channels)


def _retry(policy: Policy, debt: Debt) -> Iterator[Planned]:
    """The next attempt: each gap counts from the day of the attempt before."""
    taken = _taken(debt, Kind.RETRY)
    if len(taken) < len(policy.retries):
        before = taken[-1].on if taken else debt.due_on
        (day,) = retry_days(before, policy.retries[len(taken) : len(taken) + 1])
        yield Planned(day, Kind.RETRY, len(taken))


def _fees(policy: Policy, debt: Debt) -> Iterator[Planned]:
    if policy.fee_after is None or (debt.is_fee and not policy.fee_on_fees):
        return
    first = debt.due_on + timedelta(days=policy.fee_after)
    taken = _taken(debt, Kind.FEE)
    begin = taken[-1].number + 1 if taken else 0
    for number in range(begin, policy.fee_most if policy.fee_every else 1):
        yield Planned(first + timedelta(days=number * (policy.fee_every or 0)), Kind.FEE, number)


def _stops(service: Service, debt: Debt, on: date) -> Iterator[Planned]:
    """Suspending and terminating a service. The time between the two is never shorter than the policy says, however
    late the suspension came.
    """
    if service.running is Running.LET_RUN:
        return
    whose, policy = service.subscription, service.policy
    stop = None if policy.suspend_after is None else debt.due_on + timedelta(days=policy.suspend_after)
    if stop is not None and service.running is Running.RUNS:
        before = sum(each.kind is Kind.SUSPEND and each.subscription == whose for each in debt.done)
        yield Planned(stop, Kind.SUSPEND, before, whose)
    ended = any(each.kind is Kind.TERMINATE and each.subscription == whose for each in debt.done)
    if policy.terminate_after is None or ended:
        return
    day = debt.due_on + timedelta(days=policy.terminate_after)
    if debt.waited_until is not None:
        day = max(day, debt.waited_until + timedelta(days=1))
    if stop is not None and policy.suspend_after is not None:
        since = service.stopped_on or (max(stop, on) if service.running is Running.RUNS else stop)
        since = max(since, debt.waited_until or since)
        day = max(day, since + timedelta(days=policy.terminate_after - policy.suspend_after))
    yield Planned(day, Kind.TERMINATE, 0, whose)


@dataclass(frozen=True, slots=True)
class Fee:
    """A late fee without tax, rounded to minor units, and the sentences that explain it."""

    money: Money
    arithmetic: tuple[str, ...]


def late_fee(policy: Policy, left: Money) -> Fee | None:
    """The late fee for what is open of an invoice; None where it is nothing.

    The percentage of what is open and the fixed amount are added up, raised to the minimum, and rounded once, half up.
    """
    currency, places = left.currency, minor_units(left.currency)
    fixed = policy.fee_fixed.get(currency, Decimal(0))
    least = policy.fee_minimum.get(currency, Decimal(0))
    part = Fraction(left.amount) * Fraction(policy.fee_percent) / 100
    amount = round_to(max(part + Fraction(fixed), Fraction(least)), places)
    if amount <= 0:
        return None
    parts = [f"{plain(policy.fee_percent)} % of the {left} that were open"] if policy.fee_percent else []
    parts += [f"{Money(fixed, currency)} fixed"] if fixed else []
    words = [" and ".join(parts) + "."] if parts else []
    if part + Fraction(fixed) < Fraction(least):
        words.append(f"At least {Money(least, currency)}.")
    return Fee(Money(amount, currency), tuple(words))
