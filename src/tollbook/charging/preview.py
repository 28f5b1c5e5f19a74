"""What a change of plan or an end would cost or give back at once: carried out by the same functions, and undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from tollbook.base import clock
from tollbook.catalog.models import PlanVersion
from tollbook.charging.actions import DueLine, due_lines
from tollbook.charging.queries import ChargeKey
from tollbook.kernel.money import Money, add_up
from tollbook.subscriptions.actions import end, locked
from tollbook.subscriptions.changes import change, move, waiting_for
from tollbook.subscriptions.models import Subscription

_KEY = "preview"


@dataclass(frozen=True, slots=True)
class Previewed:
    """A line that the act would add: exact, as priced (with tax where the price book includes it), in the
    subscription's currency; below nothing is a credit.
    """

    name: str
    plan: str
    period_start: datetime
    period_end: datetime
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines of an act, credits first, and their exact sum. It takes effect at `at`."""

    at: datetime
    lines: tuple[Previewed, ...]
    total: Money


def change_preview(public_id: str, version: PlanVersion, at: datetime) -> Preview:
    """What `subscriptions.changes.change` would bring; raises what it raises."""
    return _difference(public_id, at, lambda _: change(public_id, version, at, key=_KEY))


def end_preview(public_id: str, at: datetime) -> Preview:
    """What `subscriptions.actions.end` would bring; raises what it raises."""
    return _difference(public_id, at, lambda _: end(public_id, at))


def roll_out_preview(version: PlanVersion, after: int = 0, limit: int = 20) -> list[tuple[Subscription, Preview]]:
    """What `subscriptions.changes.roll_out` of the version would bring to the next subscriptions, after a row id, that
    wait for it: for a price that is fixed after the fact, the differences of all that is charged since `valid_from`.
    """
    rows = Subscription.objects.select_related("customer", "book").filter(pk__in=waiting_for(version, after)[:limit])
    found = []
    for subscription in rows.order_by("pk"):
        found.append((subscription, _difference(subscription.public_id, version.valid_from, _moved(version))))
    return found


def _moved(version: PlanVersion) -> Callable[[Subscription], object]:
    return lambda subscription: move(subscription, version)


def _difference(public_id: str, at: datetime, act: Callable[[Subscription], object]) -> Preview:
    """What is due with the act less what is due without it, when the clock has reached `at`.

    What would begin at an `at` that is still to come is no credit.
    """
    now = clock.now()
    until = max(at, now)
    with transaction.atomic():
        subscription = locked(public_id)
        customer_id, currency = subscription.customer_id, subscription.book.currency
        without = _dry(customer_id, until, None)
        done = _dry(customer_id, until, lambda: act(subscription))
        transaction.set_rollback(True)
    lines = []
    for key in dict.fromkeys([*done, *without]):
        if key not in done and key.period_start >= at > now:
            continue  # not charged yet, and never to be: nothing is given back
        amount = add_up(line.amount for line in done.get(key, ())) - add_up(
            line.amount for line in without.get(key, ())
        )
        if amount:
            line = (done.get(key) or without[key])[-1]
            plan = line.price.version.plan.name
            lines.append(Previewed(line.price.name, plan, key.period_start, line.period_end, amount, line.reason))
    lines.sort(key=lambda line: (line.amount > 0, line.period_start, line.name))
    return Preview(at, tuple(lines), Money(add_up(line.amount for line in lines), currency))


def _dry(customer_id: int, until: datetime, act: Callable[[], object] | None) -> dict[ChargeKey, list[DueLine]]:
    """What would be charged of the customer up to `until`, after the act, by what it is for; all of it is undone."""
    found: dict[ChargeKey, list[DueLine]] = {}
    with transaction.atomic():
        if act is not None:
            act()
        for line in due_lines([customer_id], until):
            found.setdefault(line.key, []).append(line)
        transaction.set_rollback(True)
    return found
