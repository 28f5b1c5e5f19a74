"""Controls: usage that is lost, doubled or changed on purpose is exactly what check-books reports."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tollbook.customers.models import Customer
from tollbook.metering import holds
from tollbook.site.tests.world import World

FIRST = (
    "(customer_id, source, event_id) = (SELECT customer_id, source, event_id FROM usage_event WHERE event_id = 'twice')"
)
HOUR = "hour = (SELECT min(hour) FROM usage_hour)"


@pytest.mark.parametrize(("column", "value"), [("total", "total + 1"), ("peak", "peak + 1"), ("last", "last - 1"),
                                               ("last_at", "last_at + interval '1 s'")])  # fmt: skip
def test_a_roll_up_that_differs_from_its_events(
    busy: World, breaking: Callable[..., str], column: str, value: str
) -> None:
    assert breaking(f"UPDATE usage_hour SET {column} = {value} WHERE {HOUR}") == "M14"


def test_what_is_broken_is_what_is_reported(busy: World, breaking: Callable[..., str]) -> None:
    assert {
        "an event gone": breaking(f"DELETE FROM usage_event WHERE {FIRST}"),
        "an event changed": breaking(f"UPDATE usage_event SET quantity = 1499 WHERE {FIRST}"),
        "an acknowledged batch that stored less": breaking(
            "UPDATE usage_batch SET accepted = accepted + 1 WHERE id = (SELECT min(id) FROM usage_batch)"
        ),
        "a roll-up gone": breaking(f"DELETE FROM usage_hour WHERE {HOUR}"),
        "an event counted twice": breaking(f"UPDATE usage_hour SET events = events + 1 WHERE {HOUR}"),
        "a conflict that is none": breaking(
            "UPDATE usage_conflict c SET payload_hash = e.payload_hash FROM usage_event e WHERE e.event_id = c.event_id"
        ),
        "a conflict with nothing": breaking("UPDATE usage_conflict SET event_id = 'unheard of'"),
        "a guard off": breaking("ALTER TABLE usage_event DISABLE TRIGGER USER"),
    } == {
        "an event gone": "M12 M13 M14",
        "an event changed": "M13 M14",
        "an acknowledged batch that stored less": "M12",
        "a roll-up gone": "M12 M14",
        "an event counted twice": "M12 M14",
        "a conflict that is none": "M12",
        "a conflict with nothing": "M12",
        "a guard off": "M12",
    }


def test_a_hold_that_did_not_become_its_event(busy: World, breaking: Callable[..., str]) -> None:
    acme = Customer.objects.order_by("pk")[0]
    holds.capture(holds.hold(acme, "sms", Decimal(3), key="k").public_id, door="test")
    assert breaking("UPDATE usage_hold SET captured = 2") == "M12"
    assert breaking("UPDATE usage_hold SET state = 'released'") == "M12"
