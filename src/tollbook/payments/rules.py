"""What payments decide: states, when to ask again, whether an answer agrees, and which invoices money goes to; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class State(StrEnum):
    """Of a payment or a refund."""

    STARTED = "started"
    PENDING = "pending"
    UNKNOWN = "unknown"
    REVIEW = "review"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value) for state in cls]


#: What may still become another thing by itself: these are asked about.
OPEN = (State.STARTED, State.PENDING, State.UNKNOWN)

_ENDS: dict[str, str] = {
    "succeed": State.SUCCEEDED,
    "fail": State.FAILED,
    "cancel": State.CANCELLED,
    "lose": State.UNKNOWN,
    "differ": State.REVIEW,
}
_LATE: dict[str, str] = {"succeed": State.SUCCEEDED, "differ": State.REVIEW}

#: Money that came is never turned away: what had failed or was cancelled succeeds when the gateway says so later.
PAYMENT: dict[str, dict[str, str]] = {
    State.STARTED: {"wait": State.PENDING, **_ENDS},
    State.PENDING: {"wait": State.PENDING, **_ENDS},
    State.UNKNOWN: {"wait": State.PENDING, **_ENDS},
    State.REVIEW: {"succeed": State.SUCCEEDED, "fail": State.FAILED},
    State.FAILED: _LATE,
    State.CANCELLED: _LATE,
    State.SUCCEEDED: {},
}

#: A refund that failed gives its money back to the payment, where it can be spent at once: so that is final.
REFUND: dict[str, dict[str, str]] = {
    State.STARTED: {"wait": State.PENDING, "succeed": State.SUCCEEDED, "fail": State.FAILED, "lose": State.UNKNOWN},
    State.PENDING: {"wait": State.PENDING, "succeed": State.SUCCEEDED, "fail": State.FAILED, "lose": State.UNKNOWN},
    State.UNKNOWN: {"wait": State.PENDING, "succeed": State.SUCCEEDED, "fail": State.FAILED, "lose": State.UNKNOWN},
    State.SUCCEEDED: {},
    State.FAILED: {},
}


class ProformaState(StrEnum):
    """Of a proforma."""

    OPEN = "open"
    PAID = "paid"
    WITHDRAWN = "withdrawn"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value) for state in cls]


PROFORMA: dict[str, dict[str, str]] = {
    ProformaState.OPEN: {"pay": ProformaState.PAID, "withdraw": ProformaState.WITHDRAWN},
    ProformaState.PAID: {},
    ProformaState.WITHDRAWN: {},
}

_UNDER_WAY: dict[str, str] = {
    "wait": State.PENDING,
    "succeed": State.SUCCEEDED,
    "fail": State.FAILED,
    "cancel": State.CANCELLED,
    "lose": State.UNKNOWN,
}

#: No money hangs on a set-up: one that nobody finishes ends by itself.
SETUP: dict[str, dict[str, str]] = {
    State.STARTED: _UNDER_WAY,
    State.PENDING: _UNDER_WAY,
    State.UNKNOWN: _UNDER_WAY,
    State.SUCCEEDED: {},
    State.FAILED: {},
    State.CANCELLED: {},
}

_FIRST = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_HOURLY_UNTIL, _DAILY_UNTIL = timedelta(hours=72), timedelta(days=30)
#: From here on, a gateway that still has not heard of a payment will not hear of it.
UNHEARD = timedelta(hours=1)


def next_ask(since: datetime, at: datetime) -> datetime | None:
    """When to ask again about what was sent at `since` and asked about at `at`.

    30 s, 2 min, 10 min and 1 h after it was sent, then each hour to 72 h, then each day to 30 days; None when that is
    over and people must look.
    """
    passed = at - since
    for offset in _FIRST:
        if passed < offset:
            return since + offset
    if passed < _HOURLY_UNTIL:
        return since + (passed // _HOUR + 1) * _HOUR
    if passed < _DAILY_UNTIL:
        return since + (passed // _DAY + 1) * _DAY
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a payment is for, as we wrote it down before the gateway heard of it, or as the gateway tells it.

    `key` is our payment's id, `subject` the id of the invoice or wallet (empty for neither), `merchant` the account
    that the money goes to.
    """

    key: str
    amount: Decimal
    currency: str
    merchant: str
    subject: str


def differences(ours: Terms, told: Terms) -> tuple[str, ...]:
    """The names of what the gateway tells otherwise than we wrote it down; nothing is paid unless there are none
    (M24).
    """
    names = ("key", "amount", "currency", "merchant", "subject")
    return tuple(name for name in names if getattr(ours, name) != getattr(told, name))


class ApplyCredit(StrEnum):
    """Whether a customer's credit settles invoices by itself."""

    OFF = "off"
    ON = "on"
    WHOLE = "whole"


class AllocationOrder(StrEnum):
    """Which invoice credit settles first."""

    OLDEST = "oldest"
    NEWEST = "newest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice as allocation sees it: its row id, what is open of it, its due day and its number."""

    id: int
    open: Decimal
    due_on: date
    number: int


def allocate(
    free: Decimal,
    owed: Sequence[Owed],
    order: AllocationOrder = AllocationOrder.OLDEST,
    *,
    whole: bool = False,
) -> tuple[tuple[int, Decimal], ...]:
    """`(invoice id, part)` until `free` is used up; with `whole` only invoices that what is left covers whole."""
    by_age = sorted(owed, key=lambda each: (each.due_on, each.number, each.id), reverse=order is AllocationOrder.NEWEST)
    if order is AllocationOrder.SMALLEST:
        by_age.sort(key=lambda each: each.open)
    parts = []
    for each in by_age:
        part = min(free, each.open)
        if part <= ZERO or (whole and part < each.open):
            continue
        parts.append((each.id, part))
        free -= part
    return tuple(parts)


def take_back(amount: Decimal, held: Sequence[tuple[int, Decimal]]) -> tuple[tuple[int, Decimal], ...]:
    """`(id, part)` of what is held, the last first, until `amount` is met or nothing is left."""
    parts = []
    for each, most in reversed(held):
        part = min(amount, most)
        if part > ZERO:
            parts.append((each, part))
            amount -= part
    return tuple(parts)


#: From how many days after its due day on an open item is how old; the last age has no end.
AGES = (1, 31, 61, 91)


def age_of(due_on: date | None, on: date) -> int:
    """Which age an open item has on a day: 0 is not yet due, 1 up to 30 days late, then 60, 90, and 4 more than 90."""
    late = (on - due_on).days if due_on else 0
    return sum(late >= days for days in AGES)
