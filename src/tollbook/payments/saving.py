"""Set-ups: a customer lets a gateway keep a method without paying. Asked for like a payment; no money moves."""

import logging
from datetime import datetime

from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action, later, outbound
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Permanent, Refused
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.payments import registry, rules
from tollbook.payments.applying import NOBODY, By, locked_customer
from tollbook.payments.methods import keep
from tollbook.payments.models import Setup
from tollbook.payments.protocol import Facts, Intent, Progress, Started
from tollbook.payments.rules import OPEN, SETUP, ZERO, State

LOG = logging.getLogger(__name__)
NOTE, KEY_LIMIT = 500, 120
_ENDING = {Progress.FAILED: "fail", Progress.CANCELLED: "cancel"}


def by_public_id(public_id: str, customer: Customer | None = None) -> Setup:
    """The set-up with that id, of that customer if one is given; NotFound "setup_not_found"."""
    rows = Setup.objects.select_related("customer", "brand", "method").filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("setup_not_found", f"there is no set-up {public_id}", param="setup")
    return found


def due(at: datetime, limit: int) -> list[Setup]:
    """Set-ups that are to be asked about at `at`."""
    return list(Setup.objects.filter(ask_at__lte=at).order_by("ask_at", "pk")[:limit])


def open_of(customer: Customer) -> QuerySet[Setup]:
    """The customer's set-ups that wait for it, the latest first."""
    return Setup.objects.filter(customer=customer, state=State.PENDING).exclude(redirect="").order_by("-pk")


@action
def set_up(customer: Customer, gateway: str, currency: str, *, key: str, by: By = NOBODY) -> Setup:
    """Begin to save a method at the gateway, for charges in `currency` and whatever else it can be charged in; once per
    customer and `key`. The gateway is called after this (`send`).

    Refused "gateway_saves_nothing", "gateway_not_offered", "payment_key_conflict"; NotFound "gateway_not_found".
    """
    customer, key = locked_customer(customer.pk), clean_text(key, "key", KEY_LIMIT)
    earlier = Setup.objects.filter(customer=customer, key=key).first()
    if earlier is not None:
        if (earlier.gateway, earlier.currency) != (gateway, currency):
            message = f"key: {key} began set-up {earlier.public_id}; another one needs a key of its own"
            raise Refused("payment_key_conflict", message, param="key")
        return earlier
    if not registry.gateway(gateway).saves:
        raise Refused("gateway_saves_nothing", f"gateway {gateway}: it keeps no methods of payment", param="gateway")
    at = clock.now()
    made = Setup.objects.create(
        brand_id=customer.brand_id,
        customer=customer,
        key=key,
        gateway=gateway,
        merchant=registry.merchant(gateway, customer.brand, currency),
        currency=currency,
        created_at=at,
        ask_at=rules.next_ask(at, at),
    )
    detail = {"gateway": gateway}
    record("setup.begin", made.public_id, actor=by.actor, door=by.door, customer_id=customer.pk, detail=detail)
    later(send, key=f"send:{made.public_id}", public_id=made.public_id)
    return made


def intent_of(setup: Setup) -> Intent:
    """The set-up as its gateway sees it: an intent of nothing."""
    return Intent(
        key=setup.public_id,
        amount=ZERO,
        currency=setup.currency,
        merchant=setup.merchant,
        subject="",
        label="",
        seller=registry.seller(setup.brand),
        return_to=f"/portal/payments/methods/{setup.public_id}/",
        payer=setup.customer.public_id,
        keep=True,
    )


@outbound
def send(public_id: str) -> None:
    """Call the gateway about a set-up, once; whoever comes second asks what became of it."""
    setup = _claim(public_id)
    if setup is None:
        return ask(public_id)
    try:
        started = registry.gateway(setup.gateway).start(intent_of(setup))
    except (Refused, Permanent) as error:
        _note_end(public_id, error.message)
        return None
    except Exception as error:
        LOG.exception("set-up %s: the gateway %s gave no answer", public_id, setup.gateway)
        _note_silence(public_id, f"No answer: {type(error).__name__}")
        return None
    _note_started(public_id, started)
    return None


@outbound
def ask(public_id: str) -> None:
    """Ask the gateway what became of a set-up."""
    setup = by_public_id(public_id)
    if setup.state == State.SUCCEEDED:
        return
    try:
        facts = registry.gateway(setup.gateway).read(public_id, setup.reference)
    except Exception as error:
        LOG.exception("set-up %s: the gateway %s could not be asked", public_id, setup.gateway)
        _note_silence(public_id, f"Could not be asked: {type(error).__name__}")
        return
    _note_facts(public_id, facts)


def _locked(public_id: str) -> Setup:
    found = by_public_id(public_id)
    customer = locked_customer(found.customer_id)
    setup = Setup.objects.select_for_update(of=("self",)).select_related("brand").get(pk=found.pk)
    setup.customer = customer
    return setup


@action
def _claim(public_id: str) -> Setup | None:
    setup = _locked(public_id)
    if setup.sent_at is not None or setup.state != State.STARTED:
        return None
    setup.sent_at = clock.now()
    setup.ask_at = rules.next_ask(setup.sent_at, setup.sent_at)
    setup.save(update_fields=["sent_at", "ask_at"])
    return setup


@action
def _note_started(public_id: str, started: Started) -> None:
    setup = _locked(public_id)
    if setup.state in OPEN:
        setup.reference, setup.redirect = started.reference[:200], started.redirect[:2000]
        _watch(setup, "wait", clock.now(), "")


@action
def _note_end(public_id: str, why: str) -> None:
    setup = _locked(public_id)
    if setup.state in OPEN:
        _end(setup, "fail", clock.now(), why)


@action
def _note_silence(public_id: str, why: str) -> None:
    setup = _locked(public_id)
    if setup.state in OPEN:
        _watch(setup, "lose", clock.now(), why)


@action
def _note_facts(public_id: str, facts: Facts | None) -> None:
    """A method is kept only from an answer about this very set-up and merchant."""
    setup, at = _locked(public_id), clock.now()
    if setup.state not in OPEN:
        return
    if facts is None:
        passed = at - (setup.sent_at or setup.created_at)
        if setup.state != State.PENDING and passed >= rules.UNHEARD:
            _end(setup, "fail", at, "The gateway has never heard of it")
        else:
            _watch(setup, "lose", at, "The gateway has not heard of it")
    elif facts.progress is Progress.PENDING:
        setup.reference = setup.reference or facts.reference[:200]
        _watch(setup, "wait", at, facts.detail)
    elif facts.progress in _ENDING:
        _end(setup, _ENDING[facts.progress], at, facts.detail)
    elif (facts.key, facts.merchant) != (public_id, setup.merchant) or facts.saved is None:
        _end(setup, "fail", at, "What the gateway tells is of another set-up")
    else:
        setup.method = keep(setup.customer_id, setup.gateway, facts.saved, at)
        setup.reference = setup.reference or facts.reference[:200]
        _end(setup, "succeed", at, "")


def _watch(setup: Setup, event: str, at: datetime, note: str) -> None:
    following = rules.next_ask(setup.sent_at or setup.created_at, at)
    if following is None:
        return _end(setup, "cancel", at, "Never finished")
    setup.state, setup.note, setup.ask_at = move(SETUP, setup.state, event), note[:NOTE], following
    setup.save(update_fields=["state", "note", "ask_at", "reference", "redirect"])
    return None


def _end(setup: Setup, event: str, at: datetime, note: str) -> None:
    setup.state, setup.note = move(SETUP, setup.state, event), note[:NOTE]
    setup.ask_at, setup.ended_at = None, at
    setup.save(update_fields=["state", "note", "ask_at", "ended_at", "reference", "method"])
