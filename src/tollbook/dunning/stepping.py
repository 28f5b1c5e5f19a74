"""Taking one step for an unpaid invoice, and noting it with what it led to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tollbook.catalog.models import Product
from tollbook.customers.models import Customer
from tollbook.dunning import stopping, telling
from tollbook.dunning.debts import Owed
from tollbook.dunning.models import Notice, Step, Stop
from tollbook.dunning.news import notify
from tollbook.dunning.queries import OPEN_STOP
from tollbook.dunning.rules import Kind, Planned, late_fee
from tollbook.identity.audit import record
from tollbook.invoicing.debiting import NewDebit, debit
from tollbook.kernel.errors import Refused
from tollbook.payments.collecting import collect
from tollbook.subscriptions.models import Subscription
from tollbook.web.words import speaking

#: By what customers are told of what is not a reminder.
USUAL = ("portal", "email")
STOPPED_ALREADY = "dunning had stopped it already"


def take(owed: Owed, planned: Planned, customer: Customer, at: datetime) -> bool:
    """Take or skip a step of a locked customer; whether the steps after it go on now.

    They do not where it began a payment: they wait for what becomes of it. Refused "fee_product_missing", and as
    `invoicing.debiting.debit`.
    """
    if planned.skip:
        _note(owed, planned, at, skipped=planned.skip)
        return True
    with speaking(customer.language):
        return _take(owed, planned, customer, at)


def _take(owed: Owed, planned: Planned, customer: Customer, at: datetime) -> bool:
    if planned.kind is Kind.REMIND:
        _remind(owed, planned, at)
    elif planned.kind is Kind.RETRY:
        return _retry(owed, planned, at)
    elif planned.kind is Kind.FEE:
        _charge(owed, planned, customer, at)
    elif planned.kind is Kind.SUSPEND:
        _suspend(owed, planned, at)
    else:
        _terminate(owed, planned, at)
    return True


def _note(owed: Owed, planned: Planned, at: datetime, *, skipped: str = "", **more: Any) -> Step:
    return Step.objects.create(
        customer_id=owed.invoice.customer_id,
        invoice=owed.invoice,
        kind=planned.kind,
        number=planned.number,
        subscription_id=planned.subscription,
        due_on=planned.day,
        taken_at=at,
        outcome=Step.Outcome.SKIPPED if skipped else Step.Outcome.TAKEN,
        reason=skipped[:300],
        open=owed.left.amount,
        currency=owed.left.currency,
        **more,
    )


def tell(step: Step, about: Notice.About, words: tuple[str, str], channels: Sequence[str] = USUAL) -> None:
    """Note what the customer is told of a step."""
    title, text = words
    notify(
        customer_id=step.customer_id,
        about=about,
        invoice_id=step.invoice_id,
        step=step,
        channels=list(channels),
        title=title[: telling.TITLE_LIMIT],
        text=text[: telling.TEXT_LIMIT],
        created_at=step.taken_at,
    )


def _remind(owed: Owed, planned: Planned, at: datetime) -> None:
    tell(_note(owed, planned, at), Notice.About.REMINDER, telling.reminder(owed, planned), planned.channels)


def _retry(owed: Owed, planned: Planned, at: datetime) -> bool:
    """Begin to charge the saved method. What cannot be charged is skipped; while another payment is under way, nothing
    is noted and everything waits."""
    try:
        payment = collect(owed.invoice, key=f"dunning:{owed.invoice.public_id}:{planned.number}")
    except Refused as error:
        if error.code == "payment_under_way":
            return False
        _note(owed, planned, at, skipped=error.message)
        return True
    _note(owed, planned, at, payment=payment)
    return False


def _charge(owed: Owed, planned: Planned, customer: Customer, at: datetime) -> None:
    """Charge a late fee with an invoice of its own."""
    fee, policy = late_fee(owed.policy, owed.left), owed.policy
    if fee is None:
        _note(owed, planned, at, skipped=f"the policy names no fee in {owed.left.currency}")
        return
    product = Product.objects.filter(brand_id=customer.brand_id, code=policy.fee_product).first()
    if product is None:
        message = f"fee_product {policy.fee_product!r}: the brand has no such product: make it, or name another"
        raise Refused("fee_product_missing", message, param="fee_product")
    invoice = owed.invoice
    first = min(owed.debt.due_on + timedelta(days=1), owed.on)
    name = f"Late fee on invoice {invoice.label}"
    new = NewDebit(product, name, fee.money, first, owed.on, fee.arithmetic)
    made = debit(customer, new, key=f"late-fee:{invoice.public_id}:{planned.number}", at=at)
    step = _note(owed, planned, at, fee_invoice=made)
    tell(step, Notice.About.FEE, telling.charged(made, invoice))


def _subscription(owed: Owed, planned: Planned) -> Subscription:
    if planned.subscription is None:
        raise ValueError("a step of a service without one")
    return owed.subscriptions[planned.subscription]


def _suspend(owed: Owed, planned: Planned, at: datetime) -> None:
    """Stop a service; one that somebody else has stopped meanwhile is left alone, and nothing is noted."""
    subscription = _subscription(owed, planned)
    standing = Stop.objects.filter(OPEN_STOP, subscription=subscription, because=Stop.Because.INVOICE).first()
    if standing is not None:
        _note(owed, planned, at, skipped=STOPPED_ALREADY, stop=standing)
        return
    made = stopping.stop(subscription, Stop.Because.INVOICE, at, invoice_id=owed.invoice.pk)
    if made is not None:
        step = _note(owed, planned, at, stop=made)
        tell(step, Notice.About.SUSPENDED, telling.suspended(subscription, owed))
        _audit("dunning.suspend", subscription, step)


def _terminate(owed: Owed, planned: Planned, at: datetime) -> None:
    """End a service for good; where it has ended already, nothing is noted."""
    subscription = _subscription(owed, planned)
    standing = Stop.objects.filter(OPEN_STOP, subscription=subscription, because=Stop.Because.INVOICE).first()
    if stopping.terminate(subscription, at):
        step = _note(owed, planned, at, stop=standing)
        tell(step, Notice.About.TERMINATED, telling.terminated(subscription, owed))
        _audit("dunning.terminate", subscription, step)


def _audit(verb: str, subscription: Subscription, step: Step) -> None:
    detail = {"invoice": step.invoice.public_id, "open": str(step.open), "currency": step.currency}
    record(verb, subscription.public_id, customer_id=step.customer_id, detail=detail, at=step.taken_at)
