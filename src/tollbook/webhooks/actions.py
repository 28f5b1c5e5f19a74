"""Making and changing endpoints, replaying, and asking for tests. Each is written into the audit trail."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from tollbook.base import clock
from tollbook.base.outbound import target_of
from tollbook.base.sealed import seal, unseal
from tollbook.base.tasks import action
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.ids import new_id
from tollbook.kernel.text import clean_text
from tollbook.notifications.events import CATALOGUE
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.queries import OPEN, Holder, of_holder
from tollbook.webhooks.rules import OVERLAP, SECRET_BYTES, EndpointState, State, secret_bytes, secret_text

MOST = 20
MOST_REPLAYED = 5_000
TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, and through which door."""

    actor: str = SYSTEM
    door: str = SYSTEM


NOBODY = By()


@dataclass(frozen=True, slots=True)
class Secret:
    """An endpoint with its secret in the clear."""

    endpoint: Endpoint
    text: str


def _context(public_id: str) -> str:
    return f"webhook:{public_id}:secret"


def secrets_of(found: Endpoint, at: datetime) -> list[bytes]:
    """The secrets that sign for the endpoint at `at`, the newest first; Permanent "seal_broken"."""
    sealed = [found.secret]
    if found.old_secret is not None and found.old_until is not None and at < found.old_until:
        sealed.append(found.old_secret)
    return [secret_bytes(unseal(bytes(each), _context(found.public_id)).decode()) for each in sealed]


def _new_secret(public_id: str) -> tuple[str, bytes]:
    text = secret_text(os.urandom(SECRET_BYTES))
    return text, seal(text.encode(), _context(public_id))


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    for kind in kinds:
        if kind not in CATALOGUE or kind == TEST:
            right = f"give some of {', '.join(name for name in CATALOGUE if name != TEST)}, or none for all"
            raise Refused("unknown_event_kind", f"kinds {shown(kind)}: {right}", param="kinds")
    return sorted(set(kinds))


@action
def add(holder: Holder, url: str, *, kinds: Sequence[str] = (), description: str = "", by: By = NOBODY) -> Secret:
    """An endpoint that is sent facts of `kinds` (none: all) from now on.

    Refused "bad_url", "unknown_event_kind", "too_many_webhooks".
    """
    target_of(url)
    if holder.customer is not None:
        type(holder.customer).objects.select_for_update(no_key=True).get(pk=holder.customer.pk)
    if of_holder(holder).count() >= MOST:
        raise Refused("too_many_webhooks", f"webhooks: there are {MOST} already; remove one first", param="url")
    public_id = new_id("whe")
    text, sealed = _new_secret(public_id)
    made = Endpoint.objects.create(
        public_id=public_id,
        brand=holder.brand,
        customer=holder.customer,
        url=url,
        description=clean_text(description, "description", 200, required=False),
        kinds=_checked_kinds(kinds),
        secret=sealed,
        created_at=clock.now(),
    )
    _told("add", made, by, url=url, kinds=made.kinds)
    return Secret(made, text)


def locked(public_id: str) -> Endpoint:
    """The endpoint, locked; NotFound "webhook_not_found" for none, or one that was removed."""
    rows = Endpoint.objects.select_for_update(no_key=True, of=("self",)).select_related("brand", "customer")
    found = rows.filter(public_id=public_id).first()
    if found is None or found.state == EndpointState.REMOVED:
        raise NotFound("webhook_not_found", f"there is no webhook {shown(public_id)}", param="webhook")
    return found


@action
def change(public_id: str, url: str, *, kinds: Sequence[str], description: str = "", by: By = NOBODY) -> Endpoint:
    """Another address, other kinds of facts or another description; what waits goes to the new address.

    Refused "bad_url", "unknown_event_kind".
    """
    target_of(url)
    found = locked(public_id)
    was = {"url": found.url, "kinds": found.kinds}
    found.url, found.kinds = url, _checked_kinds(kinds)
    found.description = clean_text(description, "description", 200, required=False)
    found.save(update_fields=["url", "kinds", "description"])
    _told("change", found, by, url=url, kinds=found.kinds, was=was)
    return found


@action
def switch(public_id: str, state: EndpointState, *, by: By = NOBODY) -> Endpoint:
    """Pause it (what happens is kept), let it go on, or remove it: then what waits is given up. Twice changes nothing.

    Refused "webhook_state" for any other state.
    """
    if state is EndpointState.OFF:
        raise Refused("webhook_state", "state off: only failing does that; pause it or remove it", param="state")
    found = locked(public_id)
    if found.state == state:
        return found
    found.state, found.note, found.failing_since = state, "", None
    found.save(update_fields=["state", "note", "failing_since"])
    if state is EndpointState.REMOVED:
        give_up(found, clock.now())
    _told(state.value, found, by)
    return found


def give_up(found: Endpoint, at: datetime) -> None:
    """End all that waits for a locked endpoint; what is on its way is ended when it comes back."""
    waiting = Delivery.objects.filter(endpoint=found, state=State.WAITING)
    waiting.update(state=State.FAILED, ended_at=at)


@action
def reveal(public_id: str, *, by: By = NOBODY) -> str:
    """The secret with which the endpoint's messages are signed; that it was shown stands in the audit trail."""
    found = locked(public_id)
    text = unseal(bytes(found.secret), _context(public_id)).decode()
    _told("reveal", found, by)
    return text


@action
def rotate(public_id: str, *, by: By = NOBODY) -> Secret:
    """A new secret; for 24 hours the one before it signs as well."""
    found, at = locked(public_id), clock.now()
    found.old_secret, found.old_until = found.secret, at + OVERLAP
    text, found.secret = _new_secret(public_id)
    found.save(update_fields=["secret", "old_secret", "old_until"])
    _told("rotate", found, by)
    return Secret(found, text)


@action
def send_test(public_id: str, *, by: By = NOBODY) -> Delivery:
    """Queue a message of the kind webhook.test. Refused "webhook_off" for an endpoint that is switched off."""
    found, at = locked(public_id), clock.now()
    if found.state == EndpointState.OFF:
        raise Refused("webhook_off", f"webhook {public_id} is off ({found.note}): let it go on first", param="webhook")
    row: Delivery = Delivery.objects.create(endpoint=found, object_id=new_id("tst"), due_at=at, created_at=at)
    _told("test", found, by, delivery=row.public_id)
    return row


@action
def replay(public_id: str, delivery_id: str, *, by: By = NOBODY) -> Delivery:
    """Send what a delivery of the endpoint carried once more, under the same message id.

    NotFound "delivery_not_found"; Refused "webhook_off", "delivery_under_way".
    """
    found = locked(public_id)
    row = Delivery.objects.filter(endpoint=found, public_id=delivery_id).first()
    if row is None:
        raise NotFound("delivery_not_found", f"there is no delivery {shown(delivery_id)}", param="delivery")
    if row.state in OPEN:
        raise Refused("delivery_under_way", f"delivery {delivery_id} is under way: wait for its end", param="delivery")
    (made,) = _again(found, [row])
    _told("replay", found, by, deliveries=1)
    return made


@action
def replay_range(
    public_id: str, since: datetime, until: datetime, *, failed_only: bool = True, by: By = NOBODY
) -> int:  # fmt: skip
    """Send once more what was made for the endpoint in `since <= made < until`, in its order; of all, or of what no
    sending has delivered. How many are queued; what is under way is left alone.

    Refused "webhook_off", "too_many_deliveries" (5,000 at once).
    """
    found = locked(public_id)
    rows = Delivery.objects.filter(endpoint=found, fact__isnull=False, created_at__gte=since, created_at__lt=until)
    rows = rows.filter(replay=0)
    busy = Delivery.objects.filter(endpoint=found, state__in=OPEN).values("fact_id")
    rows = rows.exclude(fact_id__in=busy.filter(fact__isnull=False))
    if failed_only:
        done = Delivery.objects.filter(endpoint=found, state=State.DELIVERED, fact__isnull=False)
        rows = rows.exclude(fact_id__in=done.values("fact_id"))
    chosen = list(rows.order_by("pk")[: MOST_REPLAYED + 1])
    if len(chosen) > MOST_REPLAYED:
        message = f"since: more than {MOST_REPLAYED} deliveries; give a shorter time"
        raise Refused("too_many_deliveries", message, param="since")
    made = _again(found, chosen)
    _told("replay", found, by, deliveries=len(made), since=since.isoformat(), until=until.isoformat())
    return len(made)


def _again(found: Endpoint, rows: Sequence[Delivery]) -> list[Delivery]:
    if found.state == EndpointState.OFF:
        raise Refused("webhook_off", f"webhook {found.public_id} is off: let it go on first", param="webhook")
    at = clock.now()
    facts = [row.fact_id for row in rows if row.fact_id is not None]
    sent = Delivery.objects.filter(endpoint=found, fact__in=facts).values("fact_id").annotate(last=Max("replay"))
    last = {each["fact_id"]: each["last"] for each in sent}
    return Delivery.objects.bulk_create(
        Delivery(
            endpoint=found,
            fact_id=row.fact_id,
            object_id=row.object_id,
            replay=(row.replay if row.fact_id is None else last[row.fact_id]) + 1,
            due_at=at,
            created_at=at,
        )
        for row in rows
    )


def _told(verb: str, found: Endpoint, by: By, **detail: Any) -> None:
    record(
        f"webhook.{verb}", found.public_id, actor=by.actor, door=by.door, customer_id=found.customer_id, detail=detail
    )
