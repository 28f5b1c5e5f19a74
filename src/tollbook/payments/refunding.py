"""What becomes of a refund, as of a payment: the gateway's answers are written down and obeyed; people end what it
cannot.
"""

from datetime import datetime

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.kernel.money import Money
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.ledger.rules import Cause, Leg
from tollbook.payments import holding, news, queries, rules
from tollbook.payments.applying import (
    By,
    book,
    clearing_slot,
    credit_slot,
    locked_payment,
)
from tollbook.payments.models import Refund
from tollbook.payments.protocol import Facts, Progress, Started
from tollbook.payments.rules import OPEN, REFUND, State
from tollbook.wallets.paying_out import take_in

NOTE = 500


def _locked(public_id: str) -> Refund:
    found = queries.refund_by_public_id(public_id)
    payment = locked_payment(found.payment.public_id)
    refund = Refund.objects.select_for_update().get(pk=found.pk)
    refund.payment = payment
    return refund


@action
def claim(public_id: str) -> Refund | None:
    """The refund, if nobody has called its gateway yet: then the caller must."""
    refund = _locked(public_id)
    if refund.sent_at is not None or refund.state != State.STARTED:
        return None
    refund.sent_at = clock.now()
    refund.ask_at = rules.next_ask(refund.sent_at, refund.sent_at)
    refund.save(update_fields=["sent_at", "ask_at"])
    return refund


@action
def note_started(public_id: str, started: Started) -> Refund:
    """Write down what the gateway calls it."""
    refund = _locked(public_id)
    if refund.state in OPEN:
        refund.reference = started.reference[:200]
        _watched(refund, "wait", clock.now(), "")
    return refund


@action
def note_refusal(public_id: str, why: str) -> Refund:
    """The gateway refused: nothing was given back."""
    refund = _locked(public_id)
    if refund.state in OPEN:
        _fail(refund, clock.now(), why)
    return refund


@action
def note_silence(public_id: str, why: str) -> Refund:
    """Nobody knows what the gateway did."""
    refund = _locked(public_id)
    if refund.state in OPEN:
        _watched(refund, "lose", clock.now(), why)
    return refund


@action
def note_facts(public_id: str, facts: Facts | None) -> Refund:
    """Obey what the gateway has on its books about a refund. What differs from the order waits for a person."""
    refund, at = _locked(public_id), clock.now()
    if refund.state not in OPEN:
        return refund
    if facts is None:
        return _unheard(refund, at)
    if facts.progress is Progress.PENDING:
        return _watched(refund, "wait", at, facts.detail)
    if facts.progress is not Progress.SUCCEEDED:
        return _fail(refund, at, facts.detail)
    told = (facts.key, facts.amount, facts.currency)
    if told != (public_id, refund.amount, refund.payment.captured_currency):
        gave = f"The gateway gave {facts.amount} {facts.currency} back as {facts.key}"
        return _watched(refund, "lose", at, gave, people=True)
    return _succeed(refund, facts.reference, at)


def _unheard(refund: Refund, at: datetime) -> Refund:
    passed = at - (refund.sent_at or refund.created_at)
    if refund.state != State.PENDING and passed >= rules.UNHEARD:
        return _fail(refund, at, "The gateway has never heard of it")
    return _watched(refund, "lose", at, "The gateway has not heard of it")


@action
def confirm_refund(public_id: str, reference: str, *, by: By) -> Refund:
    """A person has sent the money, or has seen that it went. Refused "invalid_transition" for one that has ended."""
    refund, at = _locked(public_id), clock.now()
    reference = clean_text(reference, "reference", 200)
    tell("refund.confirm", refund, by, at, reference=reference)
    refund.note = f"Confirmed by {by.actor}"
    return _succeed(refund, reference, at)


@action
def fail_refund(public_id: str, *, reason: str, by: By) -> Refund:
    """A person has seen that the money does not go: it is the customer's credit again."""
    refund, at = _locked(public_id), clock.now()
    reason = clean_text(reason, "reason", 300)
    tell("refund.fail", refund, by, at, reason=reason)
    return _fail(refund, at, reason)


def _watched(refund: Refund, event: str, at: datetime, note: str, *, people: bool = False) -> Refund:
    refund.state = move(REFUND, refund.state, event)
    refund.note = note[:NOTE]
    refund.ask_at = rules.next_ask(refund.sent_at or refund.created_at, at)
    refund.queued_at = refund.queued_at or at if people or refund.ask_at is None else None
    refund.save(update_fields=["state", "reference", "note", "ask_at", "queued_at"])
    return refund


def _succeed(refund: Refund, reference: str, at: datetime) -> Refund:
    payment = refund.payment
    refund.reference = reference[:200]
    _end(refund, "succeed", at, refund.note)
    legs = (
        Leg(credit_slot(payment.customer, payment.captured_currency), refund.amount),
        Leg(clearing_slot(payment), -refund.amount),
    )
    memo = f"Refund of {payment.public_id}: {refund.reason}"[:300]
    book(payment, Cause("refund", refund.public_id, "give"), legs, memo, at)
    holding.gave_back(refund, at)
    news.refunded(refund, at)
    return refund


def _fail(refund: Refund, at: datetime, note: str) -> Refund:
    _end(refund, "fail", at, note)
    payment = refund.payment
    payment.refunded -= refund.amount
    if refund.from_wallet and payment.wallet_id is not None:
        money = Money(refund.from_wallet, payment.captured_currency)
        take_in(payment.wallet_id, money, key=refund.public_id, top_up_key=payment.public_id, at=at)
        payment.topped_up += refund.from_wallet
    payment.save(update_fields=["refunded", "topped_up"])
    holding.hold_again(refund, payment, at)
    return refund


def _end(refund: Refund, event: str, at: datetime, note: str) -> None:
    refund.state = move(REFUND, refund.state, event)
    refund.note, refund.ended_at = note[:NOTE], at
    refund.ask_at = refund.queued_at = None
    refund.save(update_fields=["state", "reference", "note", "ask_at", "queued_at", "ended_at"])


def tell(verb: str, refund: Refund, by: By, at: datetime, **detail: str) -> None:
    """Note in the audit trail what a person did to a refund."""
    subject = refund.payment.public_id
    detail = {"refund": refund.public_id, **detail}
    record(verb, subject, actor=by.actor, door=by.door, customer_id=refund.customer_id, detail=detail, at=at)
