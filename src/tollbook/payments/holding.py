"""Where the money of a deposit is: held when its payment succeeds, and gone when a refund or a dispute took it.

All of it happens under the customer's lock, as every change of a customer's payments. What is held is on the customer's
account of deposits, a debt of ours: no credit, in no wallet, and so settles nothing and keeps nothing running.
"""

from datetime import datetime
from decimal import Decimal

from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.states import move
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.payments.applying import By, book, credit_slot
from tollbook.payments.deposit_rules import DEPOSIT
from tollbook.payments.models import Deposit, Payment, Refund
from tollbook.payments.rules import ZERO


def held_slot(customer: Customer, currency: str) -> Slot:
    """The account of what the customer has deposited."""
    return Slot(AccountKind.DEPOSIT_HELD, currency, customer.public_id, customer.pk)


def hold_locked(payment: Payment, at: datetime) -> Decimal:
    """What the deposit that a locked payment is for takes of what came; noted here, booked by the caller.

    A deposit is paid once and whole, in its own currency: what comes otherwise, or again, is the customer's credit.
    """
    if payment.deposit_id is None:
        return ZERO
    deposit = Deposit.objects.select_for_update().get(pk=payment.deposit_id)
    covers = payment.captured_currency == deposit.currency and payment.captured >= deposit.amount
    if not covers or "paid" not in DEPOSIT[deposit.state]:
        return ZERO
    deposit.state = move(DEPOSIT, deposit.state, "paid")
    deposit.payment, deposit.held_at, deposit.left = payment, at, deposit.amount
    deposit.save(update_fields=["state", "payment", "held_at", "left"])
    payment.deposited = deposit.amount
    payment.save(update_fields=["deposited"])
    tell("deposit.hold", deposit, By(), at, payment=payment.public_id, amount=str(deposit.amount))
    return deposit.amount


def release_locked(deposit: Deposit, payment: Payment, amount: Decimal, number: int, at: datetime) -> None:
    """Make a part of a locked deposit that is left the customer's credit: its refund, ordered next, takes all of it."""
    deposit.left -= amount
    deposit.given_back += amount
    payment.deposited -= amount
    payment.save(update_fields=["deposited"])
    _move(deposit, payment, Cause("deposit", deposit.public_id, f"release:{number}"), amount, "to be given back", at)


def gave_back(refund: Refund, at: datetime) -> None:
    """A refund has gone: if it was of a deposit, that is given back."""
    deposit = _of(refund)
    if deposit is not None:
        deposit.state, deposit.ended_at = move(DEPOSIT, deposit.state, "refunded"), at
        deposit.save(update_fields=["state", "ended_at"])
        tell("deposit.refunded", deposit, By(), at, refund=refund.public_id)


def hold_again(refund: Refund, payment: Payment, at: datetime) -> None:
    """A refund has failed, and its amount is the payment's again: if it was of a deposit, it is held again, and a
    person says how it goes back.
    """
    deposit = _of(refund)
    if deposit is None:
        return
    deposit.state = move(DEPOSIT, deposit.state, "fail")
    deposit.left += refund.amount
    deposit.given_back -= refund.amount
    deposit.save(update_fields=["state", "left", "given_back"])
    payment.deposited += refund.amount
    payment.save(update_fields=["deposited"])
    cause = Cause("deposit", deposit.public_id, f"return:{refund.public_id}")
    _move(deposit, payment, cause, -refund.amount, "held again", at)
    tell("deposit.refund_failed", deposit, By(), at, refund=refund.public_id, why=refund.note)


def lose_locked(payment: Payment, amount: Decimal, at: datetime) -> Decimal:
    """How much of `amount`, lost of a locked payment, was held as its deposit, and is no more; the caller books it."""
    deposit = Deposit.objects.select_for_update().filter(payment=payment).first()
    part = min(amount, deposit.left) if deposit is not None else ZERO
    if deposit is None or not part:
        return ZERO
    deposit.left -= part
    deposit.lost += part
    if not deposit.left:
        deposit.state, deposit.ended_at = move(DEPOSIT, deposit.state, "call_back"), at
    deposit.save(update_fields=["left", "lost", "state", "ended_at"])
    tell("deposit.lost", deposit, By(), at, amount=str(part))
    return part


def _of(refund: Refund) -> Deposit | None:
    return Deposit.objects.select_for_update(of=("self",)).select_related("customer").filter(refund=refund).first()


def _move(deposit: Deposit, payment: Payment, cause: Cause, amount: Decimal, why: str, at: datetime) -> None:
    """Book a part from the account of deposits to the customer's credit; a negative amount goes the other way."""
    customer, currency = payment.customer, deposit.currency
    legs = (Leg(held_slot(customer, currency), amount), Leg(credit_slot(customer, currency), -amount))
    book(payment, cause, legs, f"Deposit {deposit.public_id}: {why}", at)


def tell(verb: str, deposit: Deposit, by: By, at: datetime, **detail: str) -> None:
    """Note in the audit trail what became of a deposit."""
    actor, door = by.actor or SYSTEM, by.door
    record(verb, deposit.public_id, actor=actor, door=door, customer_id=deposit.customer_id, detail=detail, at=at)
