"""When payment is tried again, and how overdue a customer is; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tollbook.kernel.calendars import days_between


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
