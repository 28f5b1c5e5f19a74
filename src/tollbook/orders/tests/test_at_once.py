"""The same order from two windows, people and programs at once: one agreement, one invoice, one service."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import TollbookError
from tollbook.orders import actions
from tollbook.orders.models import Order
from tollbook.orders.tests.conftest import ADA, OLGA, Shopper
from tollbook.provisioning.models import Service
from tollbook.subscriptions.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Shopper]
AtOnce = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def no_endless_waits(db: None) -> None:
    """A lock that is never given up fails the test instead of hanging it."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")


def errors(found: list[Any]) -> list[str]:
    return [
        each.code if isinstance(each, TollbookError) else repr(each) for each in found if isinstance(each, Exception)
    ]


def counts() -> tuple[int, int, int, int]:
    """How many orders, subscriptions, invoices and services there are."""
    return Order.objects.count(), Subscription.objects.count(), Invoice.objects.count(), Service.objects.count()


def test_one_key_drafts_one_order(shop: Make, at_once: AtOnce) -> None:
    acme = shop()
    found = at_once(*[lambda: acme.drafts(key="cart")] * 5)
    assert (errors(found), counts()) == ([], (1, 0, 0, 0))


def test_placed_at_once_it_is_placed_once(shop: Make, at_once: AtOnce) -> None:
    acme = shop()
    order = acme.drafts()
    found = at_once(*[lambda: actions.place(order.public_id, by=OLGA)] * 5)
    assert (errors(found), counts()) == ([], (1, 1, 1, 0))


def test_accepted_and_cancelled_at_once(shop: Make, at_once: AtOnce) -> None:
    acme = shop(accept="by_people")
    order = acme.places()
    found = at_once(
        lambda: actions.accept(order.public_id, by=ADA),
        lambda: actions.cancel(order.public_id, reason="no", by=ADA),
    )
    # Accepted, it can be cancelled still; cancelled, it cannot be accepted.
    assert errors(found) in ([], ["invalid_transition"])
    assert acme.again(order).state == "cancelled"
    assert all(each.state == "ended" for each in Subscription.objects.all())
    assert all(state == "void" for state, _ in acme.totals[:1])


def test_a_paid_order_is_provisioned_once(shop: Make, at_once: AtOnce) -> None:
    acme = shop()
    order = acme.places()
    acme.pays(acme.again(order).invoice)
    found = at_once(*[actions.go_on_due] * 4)
    assert (errors(found), counts()) == ([], (1, 1, 1, 1))
    acme.goes_on()
    assert (acme.things, acme.again(order).state) == (1, "done")
