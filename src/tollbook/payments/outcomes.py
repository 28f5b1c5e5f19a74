"""What becomes of a payment: each answer of a gateway is written down, and obeyed where the state allows it.

Money is taken as paid only when `read` told it and everything agrees with what we had written down before (M24).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.ledger.rules import Cause, Leg
from tollbook.payments import news, rules
from tollbook.payments.applying import (
    By,
    allocate_locked,
    apply_credit,
    book,
    checked_amount,
    clearing_slot,
    credit_slot,
    locked_payment,
)
from tollbook.payments.disputes import obey_disputes
from tollbook.payments.holding import held_slot, hold_locked
from tollbook.payments.methods import keep
from tollbook.payments.models import Payment, Reading
from tollbook.payments.proformas import become_locked
from tollbook.payments.protocol import Facts, Progress, Saved, Started
from tollbook.payments.queries import free
from tollbook.payments.rules import PAYMENT, State, Terms
from tollbook.wallets.actions import top_up

NOTE = 500
_ENDING = {Progress.FAILED: "fail", Progress.CANCELLED: "cancel"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """Money that is there: how much, under which reference of the gateway, and a method to keep, if any."""

    money: Money
    reference: str
    saved: Saved | None = None


@action
def claim(public_id: str) -> Payment | None:
    """The payment, if nobody has called its gateway yet: then the caller must. None: somebody has, or had to."""
    payment = locked_payment(public_id)
    if payment.sent_at is not None or payment.state != State.STARTED:
        return None
    payment.sent_at = clock.now()
    payment.ask_at = rules.next_ask(payment.sent_at, payment.sent_at)
    payment.save(update_fields=["sent_at", "ask_at"])
    return payment


@action
def note_started(public_id: str, started: Started) -> Payment:
    """Write down what the gateway made of the intent. A reference that is another payment's puts it up for review."""
    payment, at = locked_payment(public_id), clock.now()
    if payment.state not in (State.STARTED, State.UNKNOWN):
        return payment
    payment.redirect = started.redirect[:2000]
    if not _named(payment, started.reference):
        return _watched(payment, "differ", at, f"The gateway named it {started.reference}, which is another payment")
    return _watched(payment, "wait", at, "")


@action
def note_refusal(public_id: str, why: str) -> Payment:
    """The gateway refused: nothing was done."""
    payment = locked_payment(public_id)
    if payment.state in rules.OPEN:
        _end(payment, "fail", clock.now(), why)
    return payment


@action
def note_silence(public_id: str, why: str) -> Payment:
    """Nobody knows what the gateway did: it is asked again, and when that is over people have to look."""
    payment, at = locked_payment(public_id), clock.now()
    return _watched(payment, "lose", at, why) if payment.state in rules.OPEN else payment


@action
def note_facts(public_id: str, facts: Facts | None, source: str) -> Payment:
    """Write down what the gateway has on its books, and do what follows from it."""
    payment, at = locked_payment(public_id), clock.now()
    differs = _differs(payment, facts)
    _note(payment, facts, source, differs, at)
    if facts is None:
        return _unheard(payment, at)
    if facts.progress is Progress.SUCCEEDED:
        payment = _paid(payment, facts, differs, at)
        if payment.state == State.SUCCEEDED:
            obey_disputes(payment, facts.disputes)
        return payment
    if payment.state not in rules.OPEN:
        return payment
    if facts.progress is Progress.PENDING:
        _named(payment, facts.reference)
        if payment.ask_at is not None and rules.next_ask(payment.created_at, at) is None:
            return _end(payment, "cancel", at, "Never paid")
        return _watched(payment, "wait", at, facts.detail)
    return _end(payment, _ENDING[facts.progress], at, facts.detail)


def _differs(payment: Payment, facts: Facts | None) -> tuple[str, ...]:
    if facts is None:
        return ()
    subject = payment.subject
    ours = Terms(payment.public_id, payment.amount, payment.currency, payment.merchant, subject)
    return rules.differences(ours, Terms(facts.key, facts.amount, facts.currency, facts.merchant, facts.subject))


def _note(payment: Payment, facts: Facts | None, source: str, differs: tuple[str, ...], at: datetime) -> None:
    told = {"progress": "", "differs": ", ".join(differs)}
    if facts is not None:
        told |= {
            "progress": facts.progress.value,
            "reference": facts.reference[:200],
            "merchant": facts.merchant[:120],
            "subject": facts.subject[:40],
            "detail": facts.detail[:NOTE],
        }
    row = Reading(payment=payment, at=at, source=source, **told)
    if facts is not None:
        row.amount, row.currency = facts.amount, facts.currency[:3]
    last = payment.readings.order_by("-pk").first()
    same = ("progress", "reference", "amount", "currency", "merchant", "subject", "differs", "detail")
    # Asked for weeks, a gateway mostly says the same again.
    if last is None or any(getattr(last, name) != getattr(row, name) for name in same):
        row.save()


def _unheard(payment: Payment, at: datetime) -> Payment:
    if payment.state not in rules.OPEN:
        return payment
    if payment.state != State.PENDING and at - (payment.sent_at or payment.created_at) >= rules.UNHEARD:
        return _end(payment, "fail", at, "The gateway has never heard of it")
    return _watched(payment, "lose", at, "The gateway has not heard of it")


def _paid(payment: Payment, facts: Facts, differs: tuple[str, ...], at: datetime) -> Payment:
    if payment.state in (State.SUCCEEDED, State.REVIEW):
        return payment
    if not differs and not _named(payment, facts.reference):
        differs = ("reference",)
    if differs:
        return _watched(payment, "differ", at, f"What the gateway tells differs in: {', '.join(differs)}")
    return succeed_locked(payment, Arrived(Money(facts.amount, facts.currency), facts.reference, facts.saved), at)


def _named(payment: Payment, reference: str) -> bool:
    """Give the payment the gateway's reference; False when that is another payment's."""
    if not reference or reference == payment.reference:
        return True
    if payment.reference:
        return False
    try:
        with transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(reference=reference)
    except IntegrityError:
        return False
    payment.reference = reference
    return True


def _watched(payment: Payment, event: str, at: datetime, note: str) -> Payment:
    payment.state = move(PAYMENT, payment.state, event)
    payment.note = note[:NOTE]
    payment.ask_at = None if event == "differ" else rules.next_ask(payment.sent_at or payment.created_at, at)
    payment.queued_at = None if payment.ask_at else payment.queued_at or at
    payment.save(update_fields=["state", "note", "redirect", "ask_at", "queued_at"])
    return payment


def _end(payment: Payment, event: str, at: datetime, note: str) -> Payment:
    payment.state = move(PAYMENT, payment.state, event)
    payment.note, payment.ended_at = note[:NOTE], at
    payment.ask_at = payment.queued_at = None
    payment.save(update_fields=["state", "note", "ask_at", "queued_at", "ended_at", "captured", "captured_currency"])
    news.ended(payment, at)
    return payment


def succeed_locked(payment: Payment, arrived: Arrived, at: datetime) -> Payment:
    """The money of a locked payment is there: book it once, and put it where it was meant to go.

    What a wallet takes is topped up; what a deposit takes is held; what an invoice takes settles it; the rest is the
    customer's credit.
    """
    payment.captured, payment.captured_currency = arrived.money.amount, arrived.money.currency
    if arrived.saved and payment.keep_method:
        keep(payment.customer_id, payment.gateway, arrived.saved, at)
    _end(payment, "succeed", at, payment.note)
    if payment.wallet_id is not None and payment.captured_currency == payment.currency:
        payment.topped_up = payment.captured
        payment.save(update_fields=["topped_up"])
        _fill(payment, payment.wallet_id, arrived.money, at)
        if payment.proforma_id is not None:
            become_locked(payment.proforma_id, at)
        return payment
    held = hold_locked(payment, at)
    legs = (
        Leg(clearing_slot(payment), payment.captured),
        Leg(held_slot(payment.customer, payment.captured_currency), -held),
        Leg(credit_slot(payment.customer, payment.captured_currency), held - payment.captured),
    )
    memo = f"Payment by {payment.gateway} {arrived.reference}"[:300]
    book(payment, Cause("payment", payment.public_id, "receipt"), legs, memo, at)
    _settle(payment, at)
    return payment


def _fill(payment: Payment, wallet_id: int, money: Money, at: datetime) -> None:
    """Top up the wallet; what it asked for is paid, unless another payment did that meanwhile."""
    try:
        top_up(wallet_id, money, key=payment.public_id, gateway=payment.gateway, request=payment.request, at=at)
    except Refused as refused:
        if refused.code != "top_up_request_not_open":
            raise
        top_up(wallet_id, money, key=payment.public_id, gateway=payment.gateway, at=at)


def _settle(payment: Payment, at: datetime) -> None:
    invoice = payment.invoice
    if payment.proforma_id is not None and _covers(payment):
        invoice = become_locked(payment.proforma_id, at)
    if invoice is not None and invoice.currency == payment.captured_currency:
        invoice.refresh_from_db(fields=["state", "settled"])
        part = min(free(payment), invoice.open)
        if part > 0 and invoice.state == InvoiceState.ISSUED:
            allocate_locked(payment, invoice.pk, part, at)
    if free(payment) > 0:
        apply_credit(payment.customer_id)
        payment.refresh_from_db(fields=["allocated"])


def _covers(payment: Payment) -> bool:
    """Whether what came is what was asked for."""
    return payment.captured_currency == payment.currency and payment.captured >= payment.amount


@action
def accept(public_id: str, money: Money, reference: str, *, reason: str, by: By) -> Payment:
    """A person has looked: this much money is really there. For payments under review, unknown, or ended without money.

    It becomes credit of the customer in its own currency. Refused "payment_succeeded", "reference_taken", and as
    `checked_amount`.
    """
    payment, at = locked_payment(public_id), clock.now()
    if payment.state == State.SUCCEEDED:
        raise Refused("payment_succeeded", f"payment {public_id} has succeeded already", param="payment")
    checked_amount(money.amount, money.currency)
    reference = clean_text(reference, "reference", 200)
    if not _named_anew(payment, reference):
        message = f"reference {reference}: it is another payment's; give the reference of this one"
        raise Refused("reference_taken", message, param="reference")
    detail = clean_text(reason, "reason", 300)
    facts = Facts(
        Progress.SUCCEEDED, public_id, reference, money.amount, money.currency, payment.merchant, "", detail=detail
    )
    _note(payment, facts, "person", (), at)
    _tell("payment.accept", payment, by, at, reason=detail, amount=str(money.amount), currency=money.currency)
    return succeed_locked(payment, Arrived(money, reference), at)


def _named_anew(payment: Payment, reference: str) -> bool:
    if payment.reference and payment.reference != reference:
        payment.reference = ""
    return _named(payment, reference)


@action
def dismiss(public_id: str, *, reason: str, by: By) -> Payment:
    """A person has looked: there is no money. Refused "invalid_transition" for what has ended."""
    payment, at = locked_payment(public_id), clock.now()
    detail = clean_text(reason, "reason", 300)
    _end(payment, "fail", at, detail)
    _tell("payment.dismiss", payment, by, at, reason=detail)
    return payment


def _tell(verb: str, payment: Payment, by: By, at: datetime, **detail: str) -> None:
    record(verb, payment.public_id, actor=by.actor, door=by.door, customer_id=payment.customer_id, detail=detail, at=at)
