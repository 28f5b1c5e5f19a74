"""Which grant is used first; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tollbook.rating import CreditOrder


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


def lasts_days(available: Decimal, drawn: Decimal, days: int) -> int | None:
    """For how many whole days `available` lasts when use goes on as in the last `days`, which took `drawn`; None when
    nothing was taken.
    """
    if drawn <= 0:
        return None
    return max(int(available * days / drawn), 0)
