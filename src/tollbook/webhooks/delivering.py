"""Sending: what is due is claimed, sent without a transaction, and what came of it is noted.

Only the calls run in threads; the thread that claims and notes is the one that uses the database. An endpoint has few
calls on their way at once, and endpoints that fail share a few places of their own, so that slow and dead ones never
take the places of the others.
"""

import random
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db.models import F

from tollbook.base import clock
from tollbook.base.outbound import post
from tollbook.base.tasks import action, later, outbound
from tollbook.identity.audit import record
from tollbook.kernel.errors import TollbookError
from tollbook.notifications.actions import tell
from tollbook.webhooks.actions import give_up, secrets_of
from tollbook.webhooks.models import Attempt, Delivery, Endpoint
from tollbook.webhooks.queries import body_of, lock_ready, message_id
from tollbook.webhooks.rules import (
    FAILING,
    TIMEOUT_S,
    EndpointState,
    State,
    Verdict,
    headers,
    next_try,
    retry_after,
    verdict,
)

#: Calls on their way at once, of one process; of one endpoint; of all that fail, and of one that fails.
PLACES, OF_ONE, OF_SICK, OF_ONE_SICK = 16, 2, 4, 1
LEASE = timedelta(seconds=90)
#: How long one run takes on new work before the next run has its turn.
BUDGET_S = 25.0
SHOWN_BODY = 2_000
KEY = "webhooks.deliver"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt to deliver: everything that the call needs."""

    delivery: int
    endpoint: int
    attempt: int
    url: str
    message_id: str
    body: bytes
    secrets: Sequence[bytes] = ()
    # Why it cannot be called.
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: a status, or why there is none."""

    took_ms: int
    status: int | None = None
    error: str = ""
    body: str = ""
    retry_after: str = ""


@action
def claim(at: datetime, places: int) -> list[Parcel]:
    """Deliveries whose turn has come at `at`, marked as being sent until their lease ends; at most `places`."""
    ids = lock_ready(at, sick=False, each=OF_ONE, slots=places)
    sick = Delivery.objects.filter(state=State.SENDING, endpoint__failing_since__isnull=False).count()
    if (left := min(places - len(ids), OF_SICK - sick)) > 0:
        ids += lock_ready(at, sick=True, each=OF_ONE_SICK, slots=left)
    if not ids:
        return []
    Delivery.objects.filter(pk__in=ids, state=State.WAITING).update(
        state=State.SENDING, attempts=F("attempts") + 1, leased_until=at + LEASE
    )
    rows = Delivery.objects.filter(pk__in=ids).select_related("fact", "endpoint__brand", "endpoint__customer")
    return [_parcel(row, at) for row in rows.order_by("pk")]


@action
def free_lost(at: datetime) -> int:
    """Let what a process took and did not finish be taken again; how many. Whether it arrived is not known, and a
    receiver knows a repeat by its message id.
    """
    lost = Delivery.objects.filter(state=State.SENDING, leased_until__lte=at)
    return lost.update(state=State.WAITING, leased_until=None, due_at=at)


def _parcel(row: Delivery, at: datetime) -> Parcel:
    parts = (row.pk, row.endpoint_id, row.attempts, row.endpoint.url, message_id(row), body_of(row))
    try:
        return Parcel(*parts, secrets_of(row.endpoint, at))
    except TollbookError as error:
        return Parcel(*parts, fault=error.message)


def send(parcel: Parcel) -> Outcome:
    """Call the endpoint; never raises for what the other side does."""
    if parcel.fault:
        return Outcome(0, error=parcel.fault)
    # A receiver compares this with its own clock: the machine's counts here, not an installation's virtual one.
    stamp = int(datetime.now(UTC).timestamp())
    signed = headers(parcel.secrets, parcel.message_id, stamp, parcel.body)
    started = monotonic()
    try:
        answer = post(
            parcel.url,
            parcel.body,
            {"Content-Type": "application/json", "User-Agent": "Tollbook-Webhooks/1", **signed},
            TIMEOUT_S,
        )
    except TollbookError as error:
        return Outcome(_ms(started), error=error.message)
    text = answer.body[: 4 * SHOWN_BODY].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Outcome(
        _ms(started), answer.status, body=text[:SHOWN_BODY], retry_after=answer.headers.get("retry-after", "")
    )


def _ms(started: float) -> int:
    return int((monotonic() - started) * 1000)


@action
def note(parcel: Parcel, outcome: Outcome, at: datetime) -> State | None:
    """Keep what came of an attempt and decide what follows; the delivery's state then.

    None, and nothing is changed, when the lease ended meanwhile and the delivery is another's.
    """
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=parcel.endpoint)
    rows = Delivery.objects.select_for_update().filter(pk=parcel.delivery, state=State.SENDING)
    row = rows.filter(attempts=parcel.attempt).first()
    if row is None:
        return None
    Attempt.objects.create(
        delivery=row,
        number=row.attempts,
        at=at,
        took_ms=outcome.took_ms,
        status=outcome.status,
        error=outcome.error[:200],
        body=outcome.body,
    )
    found = verdict(outcome.status)
    row.leased_until = None
    if found is Verdict.TAKEN:
        row.state, row.ended_at = State.DELIVERED, at
        _well(endpoint)
    else:
        _failed(row, endpoint, outcome, at)
        _ill(endpoint, found, at)
    row.save(update_fields=["state", "leased_until", "due_at", "ended_at"])
    if endpoint.state in (EndpointState.OFF, EndpointState.REMOVED):
        give_up(endpoint, at)
        row.refresh_from_db(fields=["state"])
    return State(row.state)


def _failed(row: Delivery, endpoint: Endpoint, outcome: Outcome, at: datetime) -> None:
    asked = retry_after(outcome.status, outcome.retry_after, at)
    due = next_try(row.attempts, at, random.random(), asked)  # noqa: S311  # spreads load, guards nothing
    if due is None:
        row.state, row.ended_at = State.FAILED, at
    else:
        row.state, row.due_at = State.WAITING, due


def _well(endpoint: Endpoint) -> None:
    if endpoint.failing_since is not None:
        endpoint.failing_since = None
        endpoint.save(update_fields=["failing_since"])


def _ill(endpoint: Endpoint, found: Verdict, at: datetime) -> None:
    """Note that it fails; switch it off where it is gone, or has failed for days."""
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        endpoint.save(update_fields=["failing_since"])
    if endpoint.state in (EndpointState.OFF, EndpointState.REMOVED):
        return
    if found is Verdict.GONE:
        _switch_off(endpoint, "it answered 410 Gone", at)
    elif endpoint.failing_since <= at - FAILING:
        _switch_off(endpoint, f"it has taken nothing for {FAILING.days} days", at)


def _switch_off(endpoint: Endpoint, why: str, at: datetime) -> None:
    endpoint.state, endpoint.note = EndpointState.OFF, why
    endpoint.save(update_fields=["state", "note"])
    record("webhook.off", endpoint.public_id, customer_id=endpoint.customer_id, detail={"why": why}, at=at)
    if endpoint.customer_id is not None:
        told = {"url": endpoint.url, "why": why}
        tell("webhook.disabled", endpoint.customer_id, endpoint.public_id, told, at)


@outbound
def deliver(budget_s: float = BUDGET_S) -> int:
    """Send all that is due, as much of it as fits into `budget_s` seconds; how many attempts were made."""
    ends, sent = monotonic() + budget_s, 0
    flying: dict[Future[Outcome], Parcel] = {}
    free_lost(clock.now())
    with ThreadPoolExecutor(PLACES, thread_name_prefix="webhook") as threads:
        while True:
            if monotonic() < ends and len(flying) < PLACES:
                for parcel in claim(clock.now(), PLACES - len(flying)):
                    flying[threads.submit(send, parcel)] = parcel
            if not flying:
                return sent
            # A call ends by itself within its time-out; meanwhile others' work is taken on.
            done, _ = wait(flying, timeout=0.5, return_when=FIRST_COMPLETED)
            for each in done:
                note(flying.pop(each), each.result(), clock.now())
                sent += 1


def go() -> None:
    """Have a worker send what is due."""
    later(deliver, key=KEY)
