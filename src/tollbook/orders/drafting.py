"""Drafting an order: what is wanted, what it costs at once, and who asks."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.catalog.models import Plan, PriceBook
from tollbook.catalog.queries import book_for, check_sold, version_at
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.kernel.text import clean_text
from tollbook.orders import queries
from tollbook.orders.estimating import Estimate, estimate
from tollbook.orders.models import Line, Offer, Order
from tollbook.orders.rules import State
from tollbook.orders.settings import ALIGNMENT
from tollbook.provisioning.queries import delivery_of

MOST_LINES, KEY_LIMIT, CODE_LIMIT = 20, 120, 60


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
    "not_offered", "months_by_people", "other_brand", "plan_archived", "no_prices", "options_wrong", and as a
    promotion's code is refused; NotFound "no_plan_version", "no_price_book", "promotion_not_found".
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
    _put(order, lines, estimate(customer, lines, at, order.public_id))
    order.save()
    for line in lines:
        line.order = order
        line.save()
    audit("draft", order, by)
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
    check_sold(plan)
    if not by.people:
        hidden = plan.hidden or plan.product.hidden
        if hidden or not Offer.objects.filter(plan=plan).exists():
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
    order.net, order.tax, order.total, order.paper = found.net, found.tax, found.net + found.tax, found.paper
    for line, due in zip(lines, found.lines, strict=True):
        line.due = [{"name": each.name, "net": plain(each.net)} for each in due]
        line.net = sum((each.net for each in due), start=found.net * 0)


@action
def estimate_again(order_id: str, *, by: By) -> Order:
    """Bring a draft (public id) up to date: the versions that are sold now, and what they cost. Refused
    "order_not_draft", and as `draft`.
    """
    order = locked_order(order_id)
    if order.state != State.DRAFT:
        message = f"order: it is {order.state}, and its estimate stays as it is"
        raise Refused("order_not_draft", message, param="order")
    at, lines = clock.now(), queries.lines_of(order)
    for line in lines:
        check_sold(line.version.plan)
        line.version = version_at(line.version.plan, at)
    _put(order, lines, estimate(order.customer, lines, at, order.public_id))
    order.estimated_at = at
    order.save(update_fields=["net", "tax", "total", "paper", "estimated_at"])
    for line in lines:
        line.save(update_fields=["version", "due", "net"])
    audit("estimate", order, by)
    return order


def locked_order(order_id: str) -> Order:
    """The order (public id), locked until the transaction ends; NotFound "order_not_found"."""
    found = Order.objects.select_for_update().filter(public_id=order_id).first()
    if found is None:
        raise NotFound("order_not_found", f"there is no order {order_id}", param="order")
    found.customer = Customer.objects.select_related("brand", "group").get(pk=found.customer_id)
    return found


def _hash(wishes: Sequence[Wish]) -> str:
    told = [[w.plan.public_id, w.quantity, w.months, w.code, sorted(w.options.items())] for w in wishes]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def audit(verb: str, order: Order, by: By, more: Mapping[str, str] | None = None) -> None:
    """Write down who did what with the order."""
    detail = {"total": plain(order.total), "currency": order.currency, **(more or {})}
    record(f"order.{verb}", order.public_id, actor=by.actor, door=by.door, customer_id=order.customer_id, detail=detail)
