"""Corrections before and after they are made: what charging would correct now, and reading closed periods again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from tollbook.base import clock
from tollbook.base.again import again
from tollbook.base.tasks import action
from tollbook.catalog.models import Price
from tollbook.charging.actions import CHUNK, DueLine, charge_customers, due_lines
from tollbook.charging.queries import Charged, ChargeKey, charged_so_far, customers_with_changed_use
from tollbook.charging.rules import LATE
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT
from tollbook.subscriptions.actions import read_again
from tollbook.subscriptions.models import Subscription


class Correction(NamedTuple):
    """What a charged price and period would be charged again by: quantity and amount so far (exact, as priced, over all
    revisions), what they would be, and the row id of the latest charge (None: nothing of it is charged so far).
    """

    customer_id: int
    key: ChargeKey
    price: Price
    period_end: datetime
    currency: str
    quantity_before: Decimal
    quantity: Decimal
    before: Decimal
    amount: Decimal
    reason: str
    corrects_id: int | None

    @property
    def difference(self) -> Decimal:
        """What would be charged: below nothing it is given back."""
        return EXACT.subtract(self.amount, self.before)


def corrections(
    customer_ids: Sequence[int], until: datetime, *, read_since: datetime | None = None
) -> list[Correction]:
    """What charging these customers (row ids) now would correct: late, changed and cancelled use, changes of plan and
    ends said of the past. Computed as `charge_customers` does, and undone.

    `read_since`: as if everything from there on were read again. Periods that were never charged are no corrections,
    and left out.
    """
    with transaction.atomic():
        if read_since is not None:
            _mark(_charged_since(read_since).filter(customer_id__in=customer_ids), read_since)
        lines = due_lines(customer_ids, until)
        before = charged_so_far([line.key for line in lines])
        transaction.set_rollback(True)
    rows = Subscription.objects.filter(customer_id__in=customer_ids, closed_until__isnull=False)
    closed = dict(rows.values_list("pk", "closed_until"))
    return [_correction(line, before.get(line.key, Charged())) for line in lines if _corrects(line, closed)]


def _corrects(line: DueLine, closed: Mapping[int, datetime | None]) -> bool:
    """Whether it charges something again, or for the first time in a period that is charged to its end."""
    until = closed.get(line.key.subscription_id)
    return line.corrects_id is not None or (until is not None and line.period_end <= until)


def _correction(line: DueLine, before: Charged) -> Correction:
    quantity, amount = before.quantity + line.quantity, EXACT.add(before.amount, line.amount)
    return Correction(
        line.customer_id, line.key, line.price, line.period_end, line.currency, before.quantity, quantity,
        before.amount, amount, line.reason or LATE, line.corrects_id,
    )  # fmt: skip


def customers_to_correct(until: datetime) -> list[int]:
    """Row ids of customers of whom something charged may change when they are charged at `until`, in order."""
    said = Subscription.objects.filter(recharge_from__lte=until, closed_until__isnull=False)
    return sorted({*customers_with_changed_use(until), *said.values_list("customer_id", flat=True)})


class Whom(NamedTuple):
    """Whose periods are read again, by row id: a customer's, those of who ever had a plan, or everybody's."""

    customer_id: int | None = None
    plan_id: int | None = None


EVERYBODY = Whom()


def charged_customers(since: datetime, whom: Whom = EVERYBODY, after: int = 0) -> list[int]:
    """Row ids of the next CHUNK of customers, after a row id, who have charged periods after `since`."""
    return list(_customers(since, whom, after)[:CHUNK])


def count_charged(since: datetime, whom: Whom = EVERYBODY, after: int = 0) -> int:
    """How many customers `charged_customers` names in all."""
    return int(_customers(since, whom, after).count())


def _customers(since: datetime, whom: Whom, after: int) -> "QuerySet[Any]":
    rows = _charged_since(since).filter(customer_id__gt=after)
    if whom.customer_id is not None:
        rows = rows.filter(customer_id=whom.customer_id)
    if whom.plan_id is not None:
        rows = rows.filter(phases__version__plan=whom.plan_id)
    return rows.order_by("customer_id").values_list("customer_id", flat=True).distinct()


def _charged_since(since: datetime) -> QuerySet[Subscription]:
    return Subscription.objects.filter(Q(ended_at=None) | Q(ended_at__gt=since), closed_until__gt=since)


def _mark(subscriptions: QuerySet[Subscription], since: datetime) -> None:
    rows = subscriptions.select_for_update(of=("self",)).order_by("customer_id", "started_at", "pk")
    for subscription in rows:
        read_again(subscription, max(since, subscription.started_at))
        subscription.save(update_fields=["recharge_from", "due_at", "version", "book", "prepaid"])


@action
def charge_now(customer_id: int, *, actor: str = SYSTEM, door: str = SYSTEM) -> int:
    """Charge what is due of a customer (row id) now, without waiting for the next run; returns how many charges were
    made.
    """
    made = charge_customers([customer_id], clock.now())
    public_id = Customer.objects.values_list("public_id", flat=True).get(pk=customer_id)
    record("customer.charged", public_id, actor=actor, door=door, customer_id=customer_id, detail={"charges": made})
    return made


@action
def _re_rate_chunk(customer_ids: Sequence[int], since: datetime, until: datetime) -> int:
    _mark(_charged_since(since).filter(customer_id__in=customer_ids), since)
    return charge_customers(customer_ids, until)


def re_rate(
    since: datetime,
    whom: Whom = EVERYBODY,
    *,
    after: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Read and rate all periods from the one that holds `since` on again, and charge the differences; returns how many
    charges were made. What comes out as it is charged is charged nothing.

    All else that is due of these customers is charged too. Works in chunks of customers, each one transaction: killed
    half way, it goes on `after` the last row id that `progress` heard (with how many customers are done), and running
    it from the start again charges nothing twice. Refused "not_past" for a `since` that has not come.
    """
    until = clock.now()
    if since >= until:
        raise Refused(
            "not_past", f"since: {since.isoformat()} has not come yet; give a time in the past", param="since"
        )
    made = done = 0
    while chunk := charged_customers(since, whom, after):
        made += again(partial(_re_rate_chunk, chunk, since, until))
        after, done = chunk[-1], done + len(chunk)
        if progress:
            progress(done, after)
    return made
