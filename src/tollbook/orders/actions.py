"""What happens to an order: drafted with an estimate, placed, accepted, provisioned when it may be, or cancelled."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.queries import check_sold, version_at
from tollbook.charging.actions import charge_customers
from tollbook.customers.features import value_for
from tollbook.invoicing.actions import bill_customers
from tollbook.invoicing.credit_due import credit_customer
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.notifications.actions import tell
from tollbook.orders import queries
from tollbook.orders.drafting import By, audit, locked_order
from tollbook.orders.estimating import begin, estimate
from tollbook.orders.models import Line, Order
from tollbook.orders.rules import TABLE, Accept, Payment, State
from tollbook.orders.settings import ACCEPT, PAY_DAYS
from tollbook.payments.applying import apply_credit
from tollbook.provisioning.actions import provide
from tollbook.provisioning.queries import delivery_of
from tollbook.subscriptions.actions import Words, end, locked, say
from tollbook.subscriptions.models import Subscription

LOG = logging.getLogger(__name__)
NOTE_LIMIT = 500
_TICK = timedelta(microseconds=1)


@action
def place(order_id: str, *, by: By) -> Order:
    """Place a draft (public id), once; it is accepted at once where the settings say so.

    Refused "estimate_changed" where it would cost something else now than the draft says, or another version of a plan
    is sold: look at it and estimate again; "order_cancelled"; as `queries.check_deposit`, unless people
    of ours order.
    """
    order = locked_order(order_id)
    if order.state == State.CANCELLED:
        raise Refused("order_cancelled", "order: it was cancelled; draft another one", param="order")
    if order.state != State.DRAFT:
        return order
    if not by.people:
        queries.check_deposit(order.customer)
    at, lines = clock.now(), queries.lines_of(order)
    for line in lines:
        check_sold(line.version.plan)
    found = estimate(order.customer, lines, at)
    sold = all(version_at(line.version.plan, at).pk == line.version_id for line in lines)
    if (found.net, found.tax) != (order.net, order.tax) or not sold:
        total = f"{plain(found.net + found.tax)} {order.currency}"
        message = f"order: it was estimated at {plain(order.total)} {order.currency} and would cost {total} now"
        raise Refused("estimate_changed", message, param="order", total=total)
    order.state = State(move(TABLE, order.state, "place"))
    order.placed_at, order.placed_by, order.payment = at, by.actor[:200], queries.payment_of(order.customer)
    order.save(update_fields=["state", "placed_at", "placed_by", "payment"])
    audit("place", order, by)
    _news("created", order)
    if value_for(order.customer, ACCEPT) is Accept.BY_ITSELF:
        _accept(order, lines, by)
    return order


@action
def accept(order_id: str, *, by: By) -> Order:
    """Accept an order (public id) that is placed, once: its subscriptions begin now.

    Pay first: what is due at once is invoiced, and services are made when that is paid. On account: they are made now.
    Refused "invalid_transition" for a draft and what is cancelled, and as `estimating.begin`.
    """
    order = locked_order(order_id)
    if order.state in (State.ACCEPTED, State.PROVISIONING, State.DONE):
        return order
    _accept(order, queries.lines_of(order), by)
    return order


def _accept(order: Order, lines: Sequence[Line], by: By) -> None:
    order.state = State(move(TABLE, order.state, "accept"))
    at = order.accepted_at = clock.now()
    made = begin(order.customer, lines, at, by=by.actor, door=by.door)
    for line, subscription in zip(lines, made, strict=True):
        line.subscription = subscription
        line.save(update_fields=["subscription"])
    if order.payment == Payment.FIRST:
        order.invoice = _invoice(order, made, at)
        order.pay_by, order.remind_at = _until(order, at)
    order.save(update_fields=["state", "accepted_at", "invoice", "pay_by", "remind_at"])
    audit("accept", order, by)
    if _may_provision(order):
        _provision(order, lines, by)


def _invoice(order: Order, subscriptions: Sequence[Subscription], at: datetime) -> Invoice | None:
    """The invoice over what the order costs at once, and nothing else; what the customer has paid before and not used
    settles it. None where nothing is due.
    """
    charge_customers([order.customer_id], at)
    issued = bill_customers([order.customer_id], at, [each.pk for each in subscriptions])
    if not issued:
        return None
    apply_credit(order.customer_id)
    return Invoice.objects.defer("content").get(public_id=issued[0])


def _until(order: Order, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Until when an order accepted at `at` is to be paid, and when its customer is reminded; None where nothing is."""
    days = value_for(order.customer, PAY_DAYS)
    if not days or order.invoice is None or order.invoice.state == InvoiceState.PAID:
        return None, None
    return at + timedelta(days=days), at + timedelta(days=days) / 2


def _may_provision(order: Order) -> bool:
    if order.payment == Payment.ON_ACCOUNT or order.invoice is None:
        return True
    return order.invoice.state == InvoiceState.PAID


def _provision(order: Order, lines: Sequence[Line], by: By) -> None:
    """Have made what the lines deliver, each once."""
    order.state, order.note = State(move(TABLE, order.state, "provision")), ""
    order.save(update_fields=["state", "note"])
    for line in lines:
        if line.subscription is not None and delivery_of(line.version.plan) is not None:
            line.service = provide(
                line.subscription, key=line.key, at=clock.now(), options=line.options, actor=by.actor, door=by.door
            )
            line.save(update_fields=["service"])
    audit("provision", order, by)
    _finish(order)


def _finish(order: Order) -> None:
    if queries.ready().filter(pk=order.pk, state=State.PROVISIONING).exists():
        order.state = State(move(TABLE, order.state, "finish"))
        order.ended_at = clock.now()
        order.save(update_fields=["state", "ended_at"])
        _news("completed", order)


def _news(verb: str, order: Order) -> None:
    told = {"state": order.state, "total": plain(order.total), "currency": order.currency}
    tell(f"order.{verb}", order.customer_id, order.public_id, told)


@action
def go_on(order_id: str) -> Order:
    """Let an order (public id) go on that may: provision it once it is paid, end it once everything is made. What may
    not stays what it is. Refused as `provisioning.actions.provide`.
    """
    order = locked_order(order_id)
    if order.state == State.ACCEPTED and _may_provision(order):
        _provision(order, queries.lines_of(order), By())
    elif order.state == State.PROVISIONING:
        _finish(order)
    return order


@action
def _note(order_id: str, why: str) -> None:
    order = locked_order(order_id)
    if order.note != why:
        order.note = why
        order.save(update_fields=["note"])


def go_on_due(limit: int = 500) -> int:
    """Let every order go on that may, each in a transaction of its own; how many did. One that is refused keeps no
    other from going on, and says why.
    """
    went = 0
    for public_id in list(queries.ready().values_list("public_id", flat=True)[:limit]):
        try:
            go_on(public_id)
            went += 1
        except (Refused, NotFound) as refused:
            LOG.warning("order %s cannot go on: %s (%s)", public_id, refused.message, refused.code)
            _note(public_id, refused.message[:NOTE_LIMIT])
    return went


@action
def cancel(order_id: str, *, reason: str, by: By) -> Order:
    """Cancel an order (public id) that nothing is provisioned for yet, once.

    Its subscriptions are as if they had never been: their charges are given back, and a credit note takes off what the
    invoice asks for. Refused "order_paid" (it is about to be provisioned), "invalid_transition" once it is, and as
    `clean_text` a reason that is none.
    """
    order = locked_order(order_id)
    if order.state == State.CANCELLED:
        return order
    reason = clean_text(reason, "reason", NOTE_LIMIT)
    if order.state == State.ACCEPTED and _may_provision(order) and not order.note:
        raise Refused("order_paid", "order: it is paid and will be provisioned; end its services then", param="order")
    order.state = State(move(TABLE, order.state, "cancel"))
    order.note, order.ended_at = reason, clock.now()
    order.save(update_fields=["state", "note", "ended_at"])
    _undo(order)
    audit("cancel", order, by, {"reason": reason})
    return order


def _undo(order: Order) -> None:
    at = clock.now()
    begun = [line.subscription for line in queries.lines_of(order) if line.subscription is not None]
    for each in begun:
        subscription = locked(each.public_id)
        # A plan that counts from the start on without fees and use: whatever was charged of it never was.
        never = Words(
            subscription.version_id, subscription.book_id, subscription.started_at, "", "order cancelled",
            fees=False, use=False,
        )  # fmt: skip
        say(subscription, [never])
        end(subscription.public_id, max(at, subscription.started_at + _TICK))
    if begun:
        until = max(at, max(each.started_at for each in begun) + _TICK)
        charge_customers([order.customer_id], until)
        credit_customer(order.customer_id, until, [each.pk for each in begun])
