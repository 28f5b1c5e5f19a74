"""Which grant is used first, who gets a hold, when a wallet is low or empty and what then; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tollbook.kernel.period import midnight, months_from
from tollbook.rating import CreditOrder

LONGEST_FORECAST_S = 100 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Credit:
    """A grant as burning sees it: its row id, what is left, and what decides its turn."""

    id: int
    remaining: Decimal
    priority: int
    expires_at: datetime | None
    created_at: datetime


def turn(credit: Credit, order: CreditOrder = CreditOrder.PRIORITY_EXPIRY_AGE) -> tuple[object, ...]:
    """Sort key of a grant under an order: lower priority, earlier expiry (never is last), greater age come first.

    Sources: OpenMeter's credit engine (priority, expiry, age), Lago's wallets (priority, age), plain age.
    """
    age = (credit.created_at, credit.id)
    if order is CreditOrder.AGE:
        return age
    if order is CreditOrder.PRIORITY_AGE:
        return (credit.priority, *age)
    return (credit.priority, credit.expires_at is None, credit.expires_at or credit.created_at, *age)


def burn(
    credits: Sequence[Credit],
    amount: Decimal,
    at: datetime,
    order: CreditOrder = CreditOrder.PRIORITY_EXPIRY_AGE,
) -> tuple[tuple[int, Decimal], ...]:
    """`(grant id, amount)` taken in turn until `amount` is met or nothing is left.

    Credit that has expired gives last. It is only there while a hold reserves it: all else that expires is taken out of
    the wallet before money is drawn. So what is left in the grants is always the wallet's balance.
    """
    parts = []
    for credit in sorted(credits, key=lambda c: (c.expires_at is not None and c.expires_at <= at, turn(c, order))):
        if amount <= 0:
            break
        if credit.remaining <= 0:
            continue
        part = min(credit.remaining, amount)
        parts.append((credit.id, part))
        amount -= part
    return tuple(parts)


class Verdict(StrEnum):
    """What becomes of a wish to reserve money."""

    HELD = "held"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    SHORT = "short"


def reserve(
    available: Decimal, wishes: Iterable[tuple[str, Decimal]], earlier: Mapping[str, Decimal]
) -> list[tuple[Verdict, Decimal]]:
    """Decide on wishes `(key, amount)` for one wallet, strictly in order; `earlier` are the amounts that keys hold.

    Each is judged by what is left when its turn comes, so a smaller one may pass after a larger one was refused. With
    each verdict comes the amount that explains it: held or repeated, what the key already holds (CONFLICT), or what was
    available (SHORT).
    """
    known = dict(earlier)
    verdicts = []
    for key, amount in wishes:
        if (before := known.get(key)) is not None:
            verdicts.append((Verdict.REPEATED if before == amount else Verdict.CONFLICT, before))
        elif amount > available:
            verdicts.append((Verdict.SHORT, available))
        else:
            available -= amount
            known[key] = amount
            verdicts.append((Verdict.HELD, amount))
    return verdicts


def cycle_start(anchor: date, every: int, unit: str, number: int, zone: str) -> datetime:
    """The instant at which cycle `number` (from 0) begins: local midnight of the anchor moved by as many steps.

    Each is counted from the anchor: 31 January, 28 February, 31 March. `unit` is "months" or "days".
    """
    step = every * number
    return midnight(months_from(anchor, step) if unit == "months" else anchor + timedelta(days=step), zone)


def carried_over(left: Decimal, at_least: Decimal, at_most: Decimal | None) -> Decimal:
    """What a new cycle takes over of what is `left` of the cycles before: at most `at_most` (None: they keep it, so
    nothing is taken over), at least `at_least`.
    """
    return Decimal(0) if at_most is None else min(at_most, max(at_least, left))


def needs_top_up(available: Decimal, threshold: Decimal | None, *, is_open: bool) -> bool:
    """Whether a top-up is to be asked for: at or below the threshold, and none is asked for yet."""
    return threshold is not None and available <= threshold and not is_open


class AtZero(StrEnum):
    """What a wallet's services do when nothing is left in it."""

    REFUSE = "refuse"
    SUSPEND = "suspend"
    GRACE = "grace"
    OVERAGE = "overage"


class Then(StrEnum):
    """What is to be done now."""

    GOES_ON = "goes_on"
    REFUSED = "refused"
    SUSPENDED = "suspended"


def at_zero(policy: AtZero, grace_hours: int, since: datetime | None, now: datetime) -> Then:
    """What is done with use and services of a wallet that has been empty `since` (None: it is not empty).

    refuse: new use is refused, what runs goes on. suspend: services are suspended at once. grace: they go on for so
    many hours and are suspended then. overage: they go on, and the invoice asks for what the wallet did not cover.
    """
    if since is None or policy is AtZero.OVERAGE:
        return Then.GOES_ON
    if policy is AtZero.REFUSE:
        return Then.REFUSED
    over = policy is AtZero.SUSPEND or now >= since + timedelta(hours=grace_hours)
    return Then.SUSPENDED if over else Then.GOES_ON


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a wallet is empty if use goes on at `per_day`, the rate of the last `basis_days` days."""

    empty_at: datetime
    per_day: Decimal
    basis_days: int

    def days_left(self, now: datetime) -> int:
        """Whole days from `now`."""
        return max((self.empty_at - now).days, 0)


def runs_empty(available: Decimal, drawn: Decimal, days: int, now: datetime) -> Forecast | None:
    """When `available` is used up if use goes on as in the last `days`, which took `drawn`.

    None when nothing was taken (or more came back than was taken), and when it would last for more than a century.
    """
    if drawn <= 0:
        return None
    seconds = max(available, Decimal(0)) * days * 86_400 / drawn
    if seconds > LONGEST_FORECAST_S:
        return None
    return Forecast(now + timedelta(seconds=int(seconds)), drawn / days, days)


def shown_balance(balance: Decimal, *, show_negative: bool) -> Decimal:
    """The balance as its customer sees it: never below zero unless that is to be shown. The books keep it as it is."""
    return balance if show_negative else max(balance, Decimal(0))
