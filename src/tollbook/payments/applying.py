"""Where paid money goes: to invoices, and back when it no longer settles them.

All of it happens under the customer's lock (`locked_customer`), which every change of a customer's payments takes
first: so two of them never wait for each other's rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.paying import settle
from tollbook.invoicing.queries import over_amount
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import minor_units, round_to
from tollbook.ledger.actions import Entry, post
from tollbook.ledger.queries import of_source
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.payments import queries, rules
from tollbook.payments.models import Allocation, Payment
from tollbook.payments.rules import ZERO, AllocationOrder, ApplyCredit
from tollbook.payments.settings import ALLOCATION_ORDER, APPLY_CREDIT


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, and through which door, for the audit trail."""

    actor: str = SYSTEM
    door: str = SYSTEM


NOBODY = By()


def locked_customer(customer_id: int) -> Customer:
    """The customer with brand and group, locked against other changes of its payments until the transaction ends."""
    rows = Customer.objects.select_for_update(of=("self",), no_key=True).select_related("brand", "group")
    return rows.get(pk=customer_id)


def locked_payment(public_id: str) -> Payment:
    """The payment, its customer locked first; NotFound "payment_not_found"."""
    whose = Payment.objects.filter(public_id=public_id).values_list("customer_id", flat=True).first()
    if whose is None:
        raise NotFound("payment_not_found", f"there is no payment {public_id}", param="payment")
    customer = locked_customer(whose)
    payment = Payment.objects.select_for_update(of=("self",)).select_related("invoice").get(public_id=public_id)
    payment.customer = customer
    return payment


def checked_amount(amount: Decimal, currency: str) -> Decimal:
    """The amount, if it is more than zero and in whole minor units; Refused "amount_not_positive", "amount_places"."""
    if amount <= ZERO:
        raise Refused("amount_not_positive", f"amount: {amount} must be more than zero", param="amount")
    places = minor_units(currency)
    if round_to(amount, places) != amount:
        message = f"amount: {amount} has more places than {currency} has: give at most {places}"
        raise Refused("amount_places", message, param="amount")
    return amount


def credit_slot(customer: Customer, currency: str) -> Slot:
    """The account of what the customer has paid and not used."""
    return Slot(AccountKind.UNAPPLIED, currency, customer.public_id, customer.pk)


def clearing_slot(payment: Payment) -> Slot:
    """The account of what the payment's gateway holds for us."""
    return Slot(AccountKind.CLEARING, payment.captured_currency, payment.gateway)


def book(
    payment: Payment, cause: Cause, legs: tuple[Leg, ...], memo: str, at: datetime, reverses: int | None = None
) -> None:
    """Post what happened to a payment, in its brand's books."""
    post(Entry(payment.brand_id, cause, at.date(), legs, memo, payment.customer_id, reverses), at)


@action
def allocate(public_id: str, invoice: Invoice, amount: Decimal | None = None, *, by: By = NOBODY) -> Allocation:
    """Settle an invoice with `amount` of a payment's credit (as much as there is and the invoice asks for, if not
    given).

    Refused "foreign_invoice", "currency_mismatch", "no_credit", "credit_short", and as `invoicing.paying.settle`.
    """
    payment, at = locked_payment(public_id), clock.now()
    if invoice.customer_id != payment.customer_id:
        raise Refused("foreign_invoice", f"invoice {invoice} is another customer's", param="invoice")
    if payment.captured and invoice.currency != payment.captured_currency:
        message = f"invoice {invoice} is in {invoice.currency}, the payment in {payment.captured_currency}"
        raise Refused("currency_mismatch", message, param="invoice")
    left = queries.free(payment)
    if left <= ZERO:
        raise Refused("no_credit", f"payment {public_id} has nothing left", param="payment")
    if amount is None:
        invoice.refresh_from_db(fields=["settled", "state"])
        amount = min(left, invoice.open)
    amount = checked_amount(amount, invoice.currency)
    if amount > left:
        message = f"amount: {amount} is more than the {left} {invoice.currency} that payment {public_id} has left"
        raise Refused("credit_short", message, param="amount", free=str(left))
    made = allocate_locked(payment, invoice.pk, amount, at)
    _told("payment.allocate", made, by, at)
    return made


def allocate_locked(payment: Payment, invoice_id: int, amount: Decimal, at: datetime) -> Allocation:
    """Settle a part of an invoice with a part of a locked payment's credit, in their common currency."""
    invoice = settle(invoice_id, amount)
    made = Allocation.objects.create(
        payment=payment, invoice=invoice, customer_id=payment.customer_id, amount=amount, at=at
    )
    payment.allocated += amount
    payment.save(update_fields=["allocated"])
    book(payment, Cause("allocation", made.public_id, "apply"), _legs(payment, amount), f"Pays {invoice}", at)
    return made


def _legs(payment: Payment, amount: Decimal) -> tuple[Leg, ...]:
    customer, currency = payment.customer, payment.captured_currency
    receivable = Slot(AccountKind.RECEIVABLE, currency, customer.public_id, customer.pk)
    return (Leg(credit_slot(customer, currency), amount), Leg(receivable, -amount))


@action
def undo(allocation_id: str, amount: Decimal | None = None, *, reason: str, by: By = NOBODY) -> Allocation:
    """Take `amount` (all that stands, if not given) of an allocation back: the invoice asks for it again, the payment
    has it again as credit. Returns the reversing row.

    NotFound "allocation_not_found"; Refused "more_than_allocated".
    """
    found = Allocation.objects.select_related("payment").filter(public_id=allocation_id).first()
    if found is None or found.reverses_id is not None:
        raise NotFound("allocation_not_found", f"there is no allocation {allocation_id}", param="allocation")
    payment, at = locked_payment(found.payment.public_id), clock.now()
    left = {row.pk: part for row, part in queries.standing(payment)}.get(found.pk, ZERO)
    part = left if amount is None else checked_amount(amount, payment.captured_currency)
    if part > left or part <= ZERO:
        message = f"amount: {part} is more than the {left} {payment.captured_currency} that stand of {allocation_id}"
        raise Refused("more_than_allocated", message, param="amount")
    made = undo_locked(payment, found, part, reason, at)
    _told("payment.undo_allocation", made, by, at, reason=reason)
    return made


def undo_locked(payment: Payment, found: Allocation, amount: Decimal, reason: str, at: datetime) -> Allocation:
    """Take a part of an allocation of a locked payment back."""
    invoice = settle(found.invoice_id, -amount)
    made = Allocation.objects.create(
        payment=payment,
        invoice=invoice,
        customer_id=payment.customer_id,
        amount=-amount,
        reverses=found,
        reason=reason[:300],
        at=at,
    )
    payment.allocated -= amount
    payment.save(update_fields=["allocated"])
    original = of_source("allocation", found.public_id).get()
    cause = Cause("allocation", made.public_id, "undo")
    book(payment, cause, _legs(payment, -amount), f"No longer pays {invoice}", at, original.pk)
    return made


def free_locked(payment: Payment, amount: Decimal, reason: str, at: datetime) -> None:
    """Make `amount` of a locked payment free, taking back what it settled last first; what cannot be freed stays."""
    stands = queries.standing(payment)
    parts = rules.take_back(amount - queries.free(payment), [(row.pk, part) for row, part in stands])
    rows = {row.pk: row for row, _ in stands}
    for row_id, part in parts:
        undo_locked(payment, rows[row_id], part, reason, at)


@action
def apply_credit(customer_id: int) -> list[Allocation]:
    """Settle the customer's open invoices with its credit, as its features say (whether, which first); what was
    made.
    """
    customer, at = locked_customer(customer_id), clock.now()
    how = value_for(customer, APPLY_CREDIT)
    if how is ApplyCredit.OFF:
        return []
    order = value_for(customer, ALLOCATION_ORDER)
    payments = list(queries.with_credit(customer_id).select_for_update(of=("self",)))
    made: list[Allocation] = []
    for currency in sorted({payment.captured_currency for payment in payments}):
        mine = [payment for payment in payments if payment.captured_currency == currency]
        made += _spend(customer, mine, order, how is ApplyCredit.WHOLE, at)
    return made


def _spend(
    customer: Customer, payments: Sequence[Payment], order: AllocationOrder, whole: bool, at: datetime
) -> list[Allocation]:
    """Settle invoices with payments of one currency, the oldest payment first."""
    total = sum((queries.free(payment) for payment in payments), ZERO)
    owed = queries.owed(customer, payments[0].captured_currency)
    made = []
    for invoice_id, asked in rules.allocate(total, owed, order, whole=whole):
        rest = asked
        for payment in payments:
            payment.customer = customer
            if part := min(rest, queries.free(payment)):
                made.append(allocate_locked(payment, invoice_id, part, at))
                rest -= part
    return made


@action
def release_over(invoice_id: int) -> list[Allocation]:
    """Take back what settles an invoice beyond what it asks for since a credit note: it is the customer's credit
    again.
    """
    whose = Invoice.objects.values_list("customer_id", flat=True).get(pk=invoice_id)
    customer, at = locked_customer(whose), clock.now()
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
    stands = queries.settled_by(invoice)
    parts = rules.take_back(over_amount(invoice), [(row.pk, part) for row, part in stands])
    rows, made = {row.pk: row for row, _ in stands}, []
    for row_id, part in parts:
        payment = rows[row_id].payment
        payment.refresh_from_db(from_queryset=Payment.objects.select_for_update())
        payment.customer = customer
        made.append(undo_locked(payment, rows[row_id], part, "Credited by a credit note", at))
    return made


def _told(verb: str, made: Allocation, by: By, at: datetime, **more: str) -> None:
    detail = {"invoice": made.invoice.public_id, "amount": str(made.amount), **more}
    subject = made.payment.public_id
    record(verb, subject, actor=by.actor, door=by.door, customer_id=made.customer_id, detail=detail, at=at)
