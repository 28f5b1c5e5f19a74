"""What orders and services tell the outside."""

from collections.abc import Callable

from tollbook.notifications.models import Fact
from tollbook.notifications.queries import fields_of
from tollbook.orders.tests.conftest import Shopper


def test_an_order_from_its_placing_to_its_end(shop: Callable[..., Shopper], told: Callable[[], list[str]]) -> None:
    acme = shop()
    order = acme.places()
    acme.pays(acme.again(order).invoice)
    acme.goes_on()
    kinds = told()
    assert kinds.count("order.created") == kinds.count("order.completed") == kinds.count("service.activated") == 1
    completed = Fact.objects.get(kind="order.completed")
    assert (completed.object_id, fields_of(completed)) == (
        order.public_id, {"state": "done", "total": "161.13", "currency": "EUR"},
    )  # fmt: skip
    assert Fact.objects.get(kind="order.created").sequence == 1
    assert completed.sequence == 2
