"""The run: everything that falls due for unpaid invoices, each step once, in order; and what is let run again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tollbook.base import clock
from tollbook.base.bulk import WHOLE, Part
from tollbook.base.tasks import action, later, outbound
from tollbook.customers.models import Customer
from tollbook.dunning import stopping, telling
from tollbook.dunning.debts import Owed, owed
from tollbook.dunning.models import Look, Notice, Stop
from tollbook.dunning.news import notify
from tollbook.dunning.policies import Policies, load
from tollbook.dunning.queries import OPEN_STOP, candidates, day_of, is_over, open_stops
from tollbook.dunning.stepping import take
from tollbook.dunning.wallets import empty_wallet_ids, is_filled, stop_empty
from tollbook.identity.audit import record
from tollbook.invoicing.queries import open_invoices
from tollbook.kernel.errors import Refused
from tollbook.payments.applying import locked_customer
from tollbook.subscriptions.queries import locked_of
from tollbook.web.words import speaking

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look at a customer did: steps taken or skipped, services let run again, and what was refused."""

    steps: int
    lifted: int
    refused: tuple[Refused, ...] = ()


def dun_due(until: datetime | None = None, progress: Callable[[int], None] | None = None, part: Part = WHOLE) -> int:
    """Take every step that has fallen due by `until` (now, if not given); returns how many were taken or skipped.

    Each customer is looked at once on a day of its brand, in a transaction of its own: killed half way, the next run
    goes on; two runs at once take no step twice. What cannot be done for a customer stops nobody else: it is logged,
    and tried again by a job, which shows as failed if it cannot be done then either.
    """
    at, policies, steps = until or clock.now(), load(), 0
    for number, customer_id in enumerate(candidates(at, policies.earliest, part), 1):
        found = _tried(customer_id, at, policies)
        steps += found.steps
        if progress:
            progress(number)
    for wallet_id in empty_wallet_ids(at, part):
        stop_empty(wallet_id, at)
    return steps


def _tried(customer_id: int, at: datetime, policies: Policies) -> Outcome:
    """Dun a customer; what goes wrong is logged and left to a job."""
    try:
        found = dun_customer(customer_id, at, policies)
    except Exception:
        LOG.exception("dunning: customer %s could not be dunned", customer_id)
        found = Outcome(0, 0)
        later(dun_again, key=f"dun:{customer_id}", customer_id=customer_id)
    if found.refused:
        LOG.warning("dunning: customer %s: %s", customer_id, "; ".join(error.message for error in found.refused))
        later(dun_again, key=f"dun:{customer_id}", customer_id=customer_id)
    return found


@outbound
def dun_again(customer_id: int) -> None:
    """Dun a customer for whom something could not be done; raises the first thing that still cannot.

    It calls nobody. But what can be done is to stay done, so it must not run in a transaction that the error ends.
    """
    found = dun_customer(customer_id, clock.now())
    if found.refused:
        raise found.refused[0]


@action
def dun_customer(customer_id: int, at: datetime, policies: Policies | None = None) -> Outcome:
    """Take the steps that are due for a customer, and let run again what nothing stops any more.

    Holds the customer's lock, as payments do, and its open invoices', so that no money comes in between. A step that is
    refused is undone alone and told in the outcome.
    """
    customer = locked_customer(customer_id)
    list(open_invoices(customer).select_for_update(no_key=True, of=("self",)).values_list("pk"))
    policies = policies or load()
    steps, refused = 0, []
    found = owed(customer, at, policies)
    if any(each.due for each in found) or open_stops(customer).exists():
        # Before any step, and in the order in which charging locks them: a step may stop the younger one first, or take
        # a number that whoever has the subscription waits for.
        list(locked_of([customer.pk]).values_list("pk"))
    for each in found:
        for planned in each.due:
            try:
                with transaction.atomic():
                    went_on = take(each, planned, customer, at)
            except Refused as error:
                refused.append(error)
                continue
            steps += 1
            if not went_on:
                break
    after = owed(customer, at, policies) if steps else found
    lifted = _lift_unheld(customer, after, at)
    _note_look(customer, after, at, done=not refused)
    return Outcome(steps, lifted, tuple(refused))


def _note_look(customer: Customer, found: list[Owed], at: datetime, *, done: bool) -> None:
    coming = sorted(
        ((step, each) for each in found if not each.waits for step in each.coming[:1]), key=lambda pair: pair[0].day
    )
    step, each = coming[0] if coming else (None, None)
    what = f"{each.invoice.label}: {telling.step_name(step, each.subscriptions)}" if step and each else ""
    told = {
        "looked_at": at,
        "next_on": step.day if step else None,
        "next_what": what[:300],
        "waits": next((each.waits for each in found if each.waits), "")[:200],
    }
    on = {"on": day_of(customer, at)} if done else {}
    Look.objects.update_or_create(customer=customer, defaults={**told, **on})


def _lift_unheld(customer: Customer, found: list[Owed], at: datetime) -> int:
    """Let run again what dunning has stopped and nothing unpaid stops any more; how many services."""
    lifted = 0
    for stop in open_stops(customer):
        if is_over(stop.subscription, at):
            stop.ended_at = at
            stop.save(update_fields=["ended_at"])
        elif stop.lift_at is None and stopping.notice_by_hand(stop, at):
            continue
        elif (stop.lift_at is not None or not _held(stop, found)) and stopping.lift(stop, at):
            _tell_resumed(stop, at)
            lifted += 1
    return lifted


def _held(stop: Stop, found: list[Owed]) -> bool:
    if stop.because == Stop.Because.WALLET:
        return not is_filled(stop)
    return any(each.stops(stop.subscription_id) for each in found)


def _tell_resumed(stop: Stop, at: datetime) -> None:
    subscription = stop.subscription
    if Stop.objects.filter(OPEN_STOP, subscription=subscription).exists():
        return  # another reason keeps it stopped: there is nothing to tell yet
    with speaking(subscription.customer.language):
        title, text = telling.resumed(subscription)
    notify(
        customer_id=stop.customer_id,
        about=Notice.About.RESUMED,
        invoice_id=stop.invoice_id,
        stop=stop,
        channels=["portal", "email"],
        title=title[: telling.TITLE_LIMIT],
        text=text,
        created_at=at,
    )
    detail = {"stop": stop.public_id, "because": stop.because}
    record("dunning.resume", subscription.public_id, customer_id=stop.customer_id, detail=detail, at=at)


def resume_due(at: datetime) -> int:
    """Let run again what was paid since; how many services."""
    policies = load()
    return sum(_tried(customer_id, at, policies).lifted for customer_id in _liftable(at))


def next_resume() -> datetime | None:
    """Now, where a service that dunning has stopped is to run again; None where there is none."""
    at = clock.now()
    return at if _liftable(at) else None


def _liftable(at: datetime) -> list[int]:
    """Row ids of customers with a stopped service that nothing holds any more."""
    stops = list(Stop.objects.filter(OPEN_STOP).select_related("invoice").order_by("customer_id", "pk"))
    policies = load() if stops else None
    found: set[int] = set()
    for stop in stops:
        if stop.lift_at is not None:
            # Provisioning tries until it is confirmed; here it is only noted.
            found |= {stop.customer_id} if stopping.is_confirmed(stop) else set()
        elif stop.because == Stop.Because.WALLET and is_filled(stop):
            found.add(stop.customer_id)
        elif policies and stop.invoice is not None and stop.invoice.state != "issued":
            customer = Customer.objects.select_related("brand", "group").get(pk=stop.customer_id)
            if not _held(stop, owed(customer, at, policies)):
                found.add(stop.customer_id)
    return sorted(found)
