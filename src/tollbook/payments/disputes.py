"""Payments that are called back through a bank, and invoices that nobody expects to be paid."""

import logging
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.paying import settle
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.kernel.text import clean_text
from tollbook.ledger.actions import Entry, post
from tollbook.ledger.queries import of_source
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.payments.applying import (
    NOBODY,
    By,
    book,
    checked_amount,
    clearing_slot,
    credit_slot,
    free_locked,
    locked_customer,
    locked_payment,
)
from tollbook.payments.holding import held_slot, lose_locked
from tollbook.payments.models import Dispute, Payment, WriteOff
from tollbook.payments.protocol import Disputed, Standing
from tollbook.payments.queries import free, written_off
from tollbook.payments.rules import ZERO, State
from tollbook.wallets.paying_out import pay_out, unused

LOG = logging.getLogger(__name__)
GATEWAY = By("gateway", "gateway")


@action
def open_dispute(public_id: str, amount: Decimal, reference: str, *, reason: str, by: By = NOBODY) -> Dispute:
    """The payer calls `amount` of a payment (public id) back, once per the gateway's `reference`. What is disputed
    cannot be refunded as well; invoices stay paid until it is lost.

    Refused "more_than_disputable", "dispute_conflict", "payment_not_paid", and as `checked_amount`.
    """
    payment, at = locked_payment(public_id), clock.now()
    reference, reason = clean_text(reference, "reference", 120), clean_text(reason, "reason", 300)
    earlier = payment.disputes.filter(reference=reference).first()
    if earlier is not None:
        if earlier.amount != amount:
            message = f"reference: {reference} disputes {earlier.amount}; another dispute has another reference"
            raise Refused("dispute_conflict", message, param="reference")
        return earlier
    if payment.state != State.SUCCEEDED:
        raise Refused("payment_not_paid", f"payment {public_id} is {payment.state}: nothing came", param="payment")
    amount = checked_amount(amount, payment.captured_currency)
    most = payment.captured - payment.refunded - payment.disputed - payment.lost
    if amount > most:
        message = f"amount: {amount} is more than the {most} {payment.captured_currency} that is left to dispute"
        raise Refused("more_than_disputable", message, param="amount", most=str(most))
    payment.disputed += amount
    payment.save(update_fields=["disputed"])
    made = Dispute.objects.create(
        payment=payment,
        customer_id=payment.customer_id,
        reference=reference,
        amount=amount,
        reason=reason,
        opened_at=at,
    )
    _tell("dispute.open", made, by, amount=str(amount), reason=reason)
    return made


@action
def end_dispute(public_id: str, outcome: Dispute.State, *, by: By = NOBODY) -> Dispute:
    """It is won: nothing has changed. It is lost: the money is gone, out of the customer's credit, then out of invoices
    that it had settled (they ask for it again), then out of a deposit that is held, then out of the wallet that took
    it, as far as it is unused and not held there. What was used by then, or what a deposit became, is borne by the
    write-off account.

    NotFound "dispute_not_found"; Refused "dispute_ended".
    """
    found = Dispute.objects.select_related("payment").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("dispute_not_found", f"there is no dispute {public_id}", param="dispute")
    payment, at = locked_payment(found.payment.public_id), clock.now()
    found.refresh_from_db(fields=["state"])
    if found.state == outcome:
        return found
    if found.state != Dispute.State.OPEN or outcome == Dispute.State.OPEN:
        raise Refused("dispute_ended", f"dispute {public_id} is {found.state}: that is final", param="dispute")
    payment.disputed -= found.amount
    if outcome == Dispute.State.LOST:
        _lose(found, payment, at)
    payment.save(update_fields=["disputed", "lost", "topped_up", "deposited"])
    found.state, found.ended_at = outcome, at
    found.save(update_fields=["state", "ended_at", "borne"])
    _tell(f"dispute.{outcome}", found, by, amount=str(found.amount), borne=str(found.borne))
    return found


def _lose(found: Dispute, payment: Payment, at: datetime) -> None:
    free_locked(payment, found.amount, f"Dispute lost: {found.reason}", at)
    given = min(found.amount, free(payment))
    rest = found.amount - given
    unheld = lose_locked(payment, rest, at)
    claimed = _claim(found, payment, rest - unheld, at)
    found.borne = rest - unheld - claimed
    if payment.deposited:
        payment.deposited -= rest
    else:
        payment.topped_up -= rest
    payment.lost += found.amount
    legs = [Leg(clearing_slot(payment), -found.amount)]
    if unheld:
        legs.append(Leg(held_slot(payment.customer, payment.captured_currency), unheld))
    if given + claimed:
        legs.append(Leg(credit_slot(payment.customer, payment.captured_currency), given + claimed))
    if found.borne:
        legs.append(Leg(Slot(AccountKind.WRITE_OFF, payment.captured_currency), found.borne))
    book(payment, Cause("dispute", found.public_id, "lose"), tuple(legs), f"Lost: {found.reason}"[:300], at)


def _claim(found: Dispute, payment: Payment, amount: Decimal, at: datetime) -> Decimal:
    """Take up to `amount` of what is unused of a payment out of the wallet that it filled; how much that was.

    Other money of the wallet was paid by other payments, which nobody called back, and a credit limit is no money.
    """
    if payment.wallet_id is None:
        return ZERO
    part = min(amount, unused(payment.wallet_id, payment.public_id))
    if part > 0:
        money, memo = Money(part, payment.captured_currency), "Called back by the payer"
        pay_out(payment.wallet_id, money, key=found.public_id, top_up_key=payment.public_id, memo=memo, at=at)
    return part


def obey_disputes(payment: Payment, told: Iterable[Disputed]) -> None:
    """Open and end the disputes of a locked payment as its gateway tells them.

    What does not fit (another currency, more than is left, ended otherwise before) is noted on the payment for people.
    """
    for each in told:
        payment.refresh_from_db(fields=["refunded", "disputed", "lost"])
        found = payment.disputes.filter(reference=each.reference).first()
        try:
            if each.currency != payment.captured_currency:
                raise Refused("currency_mismatch", f"it is over {each.currency}", param="currency")
            if found is None:
                found = open_dispute(payment.public_id, each.amount, each.reference, reason=each.reason, by=GATEWAY)
            if each.standing is not Standing.OPEN:
                end_dispute(found.public_id, Dispute.State(each.standing.value), by=GATEWAY)
        except Refused as refused:
            LOG.error("payment %s: dispute %s: %s", payment.public_id, each.reference, refused.message)
            payment.note = f"Look at dispute {each.reference} at the gateway: {refused.message}"[:500]
            payment.save(update_fields=["note"])


@action
def write_off(invoice: Invoice, *, reason: str, key: str, by: By = NOBODY) -> WriteOff:
    """Expect no more of an invoice: all that is open of it goes to the write-off account, once per invoice and `key`.

    Tax that the law gives back for bad debts is not touched: a credit note does that. Refused "nothing_open", and as
    `invoicing.paying.settle`.
    """
    customer, at = locked_customer(invoice.customer_id), clock.now()
    reason, key = clean_text(reason, "reason", 300), clean_text(key, "key", 120)
    earlier = invoice.write_offs.filter(key=key).first()
    if earlier is not None:
        return earlier
    invoice.refresh_from_db(fields=["state", "settled"])
    amount = invoice.open
    if amount <= 0:
        raise Refused("nothing_open", f"invoice {invoice} asks for nothing", param="invoice")
    settle(invoice.pk, amount, "write_off")
    made = WriteOff.objects.create(invoice=invoice, customer=customer, key=key, amount=amount, reason=reason, at=at)
    receivable = Slot(AccountKind.RECEIVABLE, invoice.currency, customer.public_id, customer.pk)
    legs = (Leg(Slot(AccountKind.WRITE_OFF, invoice.currency), amount), Leg(receivable, -amount))
    memo = f"Written off: {invoice}, {reason}"[:300]
    post(Entry(invoice.brand_id, Cause("write_off", made.public_id, "book"), at.date(), legs, memo, customer.pk), at)
    _tell_write_off("invoice.write_off", made, by)
    return made


@action
def undo_write_off(invoice: Invoice, *, reason: str, by: By = NOBODY) -> WriteOff:
    """Expect what was written off again: the invoice is open as before. Refused "not_written_off"."""
    customer, at = locked_customer(invoice.customer_id), clock.now()
    stands = written_off(invoice)
    if stands is None:
        raise Refused("not_written_off", f"invoice {invoice} is not written off", param="invoice")
    reason = clean_text(reason, "reason", 300)
    settle(invoice.pk, -stands.amount)
    made = WriteOff.objects.create(
        invoice=invoice,
        customer=customer,
        key=f"undo:{stands.public_id}",
        amount=-stands.amount,
        reason=reason,
        reverses=stands,
        at=at,
    )
    original = of_source("write_off", stands.public_id).get()
    receivable = Slot(AccountKind.RECEIVABLE, invoice.currency, customer.public_id, customer.pk)
    legs = (Leg(receivable, stands.amount), Leg(Slot(AccountKind.WRITE_OFF, invoice.currency), -stands.amount))
    cause, memo = Cause("write_off", made.public_id, "undo"), f"Expected again: {invoice}"
    post(Entry(invoice.brand_id, cause, at.date(), legs, memo, customer.pk, original.pk), at)
    _tell_write_off("invoice.undo_write_off", made, by)
    return made


def _tell(verb: str, found: Dispute, by: By, **detail: str) -> None:
    subject = found.payment.public_id
    detail = {"dispute": found.public_id, **detail}
    record(verb, subject, actor=by.actor, door=by.door, customer_id=found.customer_id, detail=detail)


def _tell_write_off(verb: str, made: WriteOff, by: By) -> None:
    subject, detail = made.invoice.public_id, {"amount": str(made.amount), "reason": made.reason}
    record(verb, subject, actor=by.actor, door=by.door, customer_id=made.customer_id, detail=detail)
