"""Controls: what is broken on purpose in the orders is exactly what check-books reports."""

from collections.abc import Callable

import pytest
from django.db import connection

from tollbook.orders import actions, drafting
from tollbook.orders.tests.conftest import ADA, Shopper

Breaking = Callable[..., str]
L, R, S = "UPDATE orders_line SET", "UPDATE orders_order SET", "UPDATE provisioning_service SET"


@pytest.fixture
def orders(shop: Callable[..., Shopper]) -> Shopper:
    """An order in every state."""
    acme = shop()
    done = acme.places(key="done")
    acme.pays(acme.again(done).invoice)
    acme.goes_on()
    acme.drafts(key="draft")
    acme.places(key="accepted")
    actions.cancel(acme.places(key="cancelled").public_id, reason="no", by=ADA)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return acme


def line(key: str) -> str:
    return f"order_id = (SELECT id FROM orders_order WHERE key = '{key}')"


@pytest.mark.parametrize(
    "changes",
    [
        # A second service of a line; a line that has lost its service; another line's.
        [
            "INSERT INTO provisioning_service SELECT (jsonb_populate_record(s, jsonb_build_object('id', s.id + 100000, "
            "'public_id', 'svc_x', 'customer_id', s.customer_id + 1, 'ref', 'x'))).* FROM provisioning_service s"
        ],
        [f"{L} service_id = NULL WHERE {line('done')}"],
        [f"{S} key = 'order:' || (SELECT public_id FROM orders_line WHERE {line('draft')})"],
        [f"{L} subscription_id = NULL WHERE {line('accepted')}"],
        [f"{R} state = 'accepted', ended_at = NULL WHERE key = 'done'"],
        [f"{R} state = 'placed' WHERE key = 'accepted'"],
        [f"{R} state = 'cancelled', ended_at = created_at WHERE key = 'accepted'"],
        [f"{R} net = net + 1, total = total + 1 WHERE key = 'draft'"],
        [f"{L} net = net + 1 WHERE {line('done')}"],
        [f"DELETE FROM orders_line WHERE {line('draft')}"],
    ],
)
def test_the_books_find(orders: Shopper, breaking: Breaking, changes: list[str]) -> None:
    assert breaking(*changes) == "M25"


def test_good_books_are_good(orders: Shopper) -> None:
    rows = type(
        orders.again(drafting.draft(orders.party.row, orders.wishes({"server": 1}), key="draft", by=ADA))
    ).objects
    assert sorted(rows.values_list("state", flat=True)) == ["accepted", "cancelled", "done", "draft"]


def test_an_order_that_is_done_has_everything_made(orders: Shopper, breaking: Breaking) -> None:
    found = breaking(
        "UPDATE provisioning_operation SET progress = 'waiting', ended_at = NULL, next_at = created_at",
        "UPDATE provisioning_service SET state = 'pending'",
    )
    assert found == "M25"
