"""What happens to an order: drafted with an estimate, placed, accepted, provisioned when it may be, or cancelled."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.models import Plan, PriceBook
from tollbook.catalog.queries import book_for, version_at
from tollbook.charging.actions import charge_customers
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.actions import bill_customers
from tollbook.invoicing.credit_due import credit_customer
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.orders import queries
from tollbook.orders.estimating import Estimate, begin, estimate
from tollbook.orders.models import Line, Offer, Order
from tollbook.orders.rules import TABLE, Accept, Payment, State
from tollbook.orders.settings import ACCEPT, ALIGNMENT
from tollbook.payments.applying import apply_credit
from tollbook.provisioning.actions import provide
from tollbook.provisioning.queries import delivery_of
from tollbook.subscriptions.actions import Words, end, locked, say
from tollbook.subscriptions.models import Subscription

LOG = logging.getLogger(__name__)
MOST_LINES, KEY_LIMIT, NOTE_LIMIT, CODE_LIMIT = 20, 120, 500, 60
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A plan that is wanted so many times, each with these options; `code` is a promotion's."""

    plan: Plan
    quantity: int = 1
    months: int = 1
    code: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, through which door; `people`: staff, who order for a customer what is not offered to customers."""

    actor: str = SYSTEM
    door: str = SYSTEM
    people: bool = False


@action
def draft(customer: Customer, wishes: Sequence[Wish], *, key: str, by: By) -> Order:
    """Draft an order with an estimate of what it costs at once, tax included, once per customer and `key`. Nothing is
    agreed yet.

    Refused "order_key_conflict" (the key asked for something else), "order_empty", "order_too_long", "bad_quantity",
    "not_offered", "months_by_people", "other_brand", "no_prices", "options_wrong", and as a promotion's code is
    refused; NotFound "no_plan_version", "no_price_book", "promotion_not_found".
    """
    key = clean_text(key, "key", KEY_LIMIT)
    asked = _hash(wishes)
    earlier = Order.objects.filter(customer=customer, key=key).first()
    if earlier is not None:
        if earlier.asked != asked:
            message = f"key: {key} is order {earlier.public_id}, for something else"
            raise Refused("order_key_conflict", message, param="key")
        return earlier
    # Two that use one key at once wait for each other here.
    Customer.objects.select_for_update().get(pk=customer.pk)
    if (earlier := Order.objects.filter(customer=customer, key=key, asked=asked).first()) is not None:
        return earlier
    at, book = clock.now(), book_for(customer)
    _check_length(wishes)
    order = Order(
        customer=customer, key=key, asked=asked, currency=book.currency, created_at=at, estimated_at=at,
        includes_tax=book.includes_tax,
    )  # fmt: skip
    lines: list[Line] = []
    for wish in wishes:
        lines += _lines(customer, wish, book, at, by)
    for position, line in enumerate(lines, 1):
        line.order, line.position = order, position
    _put(order, lines, estimate(customer, lines, at))
    order.save()
    for line in lines:
        line.order = order
        line.save()
    _audit("draft", order, by)
    return order


def _check_length(wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise Refused("order_empty", "lines: order at least one plan", param="lines")
    for wish in wishes:
        if not 1 <= wish.quantity <= MOST_LINES:
            message = f"quantity: {wish.quantity} is not from 1 to {MOST_LINES}"
            raise Refused("bad_quantity", message, param="quantity")
    total = sum(wish.quantity for wish in wishes)
    if total > MOST_LINES:
        message = f"lines: an order has at most {MOST_LINES} of them, not {total}: place another order"
        raise Refused("order_too_long", message, param="lines", most=MOST_LINES)


def _lines(customer: Customer, wish: Wish, book: PriceBook, at: datetime, by: By) -> list[Line]:
    plan = wish.plan
    if plan.product.brand_id != customer.brand_id:
        raise Refused("other_brand", "the plan belongs to another brand than the customer", param="plan")
    if not by.people:
        if not Offer.objects.filter(plan=plan).exists():
            raise Refused("not_offered", f"plan: {plan.name} cannot be ordered; ask us about it", param="plan")
        if wish.months != 1:
            raise Refused("months_by_people", "months: another period than a month is agreed with us", param="months")
    version = version_at(plan, at)
    if not version.prices.filter(book=book).exists():
        message = f"plan: {plan.name} has no prices in {book.currency} in the price book of the customer"
        raise Refused("no_prices", message, param="plan")
    delivery = delivery_of(plan)
    if delivery is not None:
        delivery.spec_with(wish.options)
    elif wish.options:
        raise Refused("options_wrong", f"options: plan {plan.name} asks for none", param="options")
    code = clean_text(wish.code, "code", CODE_LIMIT, required=False).upper()
    return [
        Line(
            version=version, months=wish.months, alignment=value_for(customer, ALIGNMENT).value, code=code,
            options=dict(wish.options),
        )
        for _ in range(wish.quantity)
    ]  # fmt: skip


def _put(order: Order, lines: Sequence[Line], found: Estimate) -> None:
    order.net, order.tax, order.total = found.net, found.tax, found.net + found.tax
    for line, due in zip(lines, found.lines, strict=True):
        line.due = [{"name": each.name, "net": plain(each.net)} for each in due]
        line.net = sum((each.net for each in due), start=found.net * 0)


@action
def estimate_again(order_id: str, *, by: By) -> Order:
    """Bring a draft (public id) up to date: the versions that are sold now, and what they cost. Refused
    "order_not_draft", and as `draft`.
    """
    order = _locked(order_id)
    if order.state != State.DRAFT:
        message = f"order: it is {order.state}, and its estimate stays as it is"
        raise Refused("order_not_draft", message, param="order")
    at, lines = clock.now(), queries.lines_of(order)
    for line in lines:
        line.version = version_at(line.version.plan, at)
    _put(order, lines, estimate(order.customer, lines, at))
    order.estimated_at = at
    order.save(update_fields=["net", "tax", "total", "estimated_at"])
    for line in lines:
        line.save(update_fields=["version", "due", "net"])
    _audit("estimate", order, by)
    return order


@action
def place(order_id: str, *, by: By) -> Order:
    """Place a draft (public id), once; it is accepted at once where the settings say so.

    Refused "estimate_changed" where it would cost something else now than the draft says, or another version of a plan
    is sold: look at it and estimate again; "order_cancelled".
    """
    order = _locked(order_id)
    if order.state == State.CANCELLED:
        raise Refused("order_cancelled", "order: it was cancelled; draft another one", param="order")
    if order.state != State.DRAFT:
        return order
    at, lines = clock.now(), queries.lines_of(order)
    found = estimate(order.customer, lines, at)
    sold = all(version_at(line.version.plan, at).pk == line.version_id for line in lines)
    if (found.net, found.tax) != (order.net, order.tax) or not sold:
        total = f"{plain(found.net + found.tax)} {order.currency}"
        message = f"order: it was estimated at {plain(order.total)} {order.currency} and would cost {total} now"
        raise Refused("estimate_changed", message, param="order", total=total)
    order.state = State(move(TABLE, order.state, "place"))
    order.placed_at, order.placed_by, order.payment = at, by.actor[:200], queries.payment_of(order.customer)
    order.save(update_fields=["state", "placed_at", "placed_by", "payment"])
    _audit("place", order, by)
    if value_for(order.customer, ACCEPT) is Accept.BY_ITSELF:
        _accept(order, lines, by)
    return order


@action
def accept(order_id: str, *, by: By) -> Order:
    """Accept an order (public id) that is placed, once: its subscriptions begin now.

    Pay first: what is due at once is invoiced, and services are made when that is paid. On account: they are made now.
    Refused "invalid_transition" for a draft and what is cancelled, and as `estimating.begin`.
    """
    order = _locked(order_id)
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
    order.save(update_fields=["state", "accepted_at", "invoice"])
    _audit("accept", order, by)
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
    _audit("provision", order, by)
    _finish(order)


def _finish(order: Order) -> None:
    if queries.ready().filter(pk=order.pk, state=State.PROVISIONING).exists():
        order.state = State(move(TABLE, order.state, "finish"))
        order.ended_at = clock.now()
        order.save(update_fields=["state", "ended_at"])


@action
def go_on(order_id: str) -> Order:
    """Let an order (public id) go on that may: provision it once it is paid, end it once everything is made. What may
    not stays what it is. Refused as `provisioning.actions.provide`.
    """
    order = _locked(order_id)
    if order.state == State.ACCEPTED and _may_provision(order):
        _provision(order, queries.lines_of(order), By())
    elif order.state == State.PROVISIONING:
        _finish(order)
    return order


@action
def _note(order_id: str, why: str) -> None:
    order = _locked(order_id)
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
    order = _locked(order_id)
    if order.state == State.CANCELLED:
        return order
    reason = clean_text(reason, "reason", NOTE_LIMIT)
    if order.state == State.ACCEPTED and _may_provision(order) and not order.note:
        raise Refused("order_paid", "order: it is paid and will be provisioned; end its services then", param="order")
    order.state = State(move(TABLE, order.state, "cancel"))
    order.note, order.ended_at = reason, clock.now()
    order.save(update_fields=["state", "note", "ended_at"])
    _undo(order)
    _audit("cancel", order, by, {"reason": reason})
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


@action
def offer(plan: Plan, *, text: str = "", position: int = 100, by: By) -> Offer:
    """Let customers of the plan's brand order it by themselves."""
    values = {"text": clean_text(text, "text", NOTE_LIMIT, required=False), "position": position}
    made, _ = Offer.objects.update_or_create(plan=plan, defaults=values)
    record("plan.offer", plan.public_id, actor=by.actor, door=by.door, detail=values)
    return made


@action
def withdraw(plan: Plan, *, by: By) -> None:
    """Let customers order the plan no more; what is ordered stays ordered."""
    removed, _ = Offer.objects.filter(plan=plan).delete()
    if removed:
        record("plan.withdraw", plan.public_id, actor=by.actor, door=by.door)


def _locked(order_id: str) -> Order:
    found = Order.objects.select_for_update().filter(public_id=order_id).first()
    if found is None:
        raise NotFound("order_not_found", f"there is no order {order_id}", param="order")
    found.customer = Customer.objects.select_related("brand", "group").get(pk=found.customer_id)
    return found


def _hash(wishes: Sequence[Wish]) -> str:
    told = [[w.plan.public_id, w.quantity, w.months, w.code, sorted(w.options.items())] for w in wishes]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _audit(verb: str, order: Order, by: By, more: Mapping[str, str] | None = None) -> None:
    detail = {"total": plain(order.total), "currency": order.currency, **(more or {})}
    record(f"order.{verb}", order.public_id, actor=by.actor, door=by.door, customer_id=order.customer_id, detail=detail)
