"""Controls: what is broken on purpose in the services is exactly what check-books reports."""

from collections.abc import Callable

import pytest
from django.db import connection

from tollbook.base import clock
from tollbook.provisioning.actions import stop, terminate
from tollbook.provisioning.rules import Reason
from tollbook.provisioning.tests.conftest import Host
from tollbook.subscriptions import actions as agreements

Breaking = Callable[..., str]


@pytest.fixture
def hosts(host: Callable[..., Host]) -> Host:
    """Services in every state: active, suspended, terminated, being made, and being ended."""
    acme = host().orders("active").orders("suspended").orders("over").orders("ending").works()
    stop(acme.made[1].public_id, reason=Reason.DUNNING, at=clock.now())
    terminate(acme.made[2].public_id, reason=Reason.STAFF, at=clock.now())
    acme.works().weather(busy=True)
    terminate(acme.made[3].public_id, reason=Reason.STAFF, at=clock.now())
    acme.works().orders("pending").works()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return acme


S, OP = "UPDATE provisioning_service SET", "UPDATE provisioning_operation SET"


@pytest.mark.parametrize(
    "changes",
    [
        ["UPDATE subscriptions_subscription SET state = 'suspended' WHERE key = 'active'"],
        ["UPDATE subscriptions_subscription SET state = 'active' WHERE key = 'suspended'"],
        [
            "UPDATE subscriptions_subscription SET state = 'ended', due_at = NULL, "
            "ended_at = started_at + interval '1 microsecond' WHERE key = 'active'",
            "UPDATE base_virtual_clock SET at = at + interval '2 hours'",
        ],
        ["UPDATE provisioning_stop SET lifted_at = since"],
        [f"{S} state = 'suspended' WHERE key = 'active'"],
        [f"{S} state = 'active' WHERE key = 'suspended'"],
        [f"{S} state = 'active', ended_at = NULL WHERE key = 'over'"],
        [f"{S} state = 'active', ref = 'x' WHERE key = 'pending'"],
        [f"{S} state = 'failed' WHERE key = 'active'"],
        [f"{OP} progress = 'cancelled', ended_at = created_at, next_at = NULL WHERE progress = 'waiting' "
         "AND verb = 'provision'"],
        [f"{OP} progress = 'cancelled', ended_at = created_at, next_at = NULL WHERE progress = 'waiting' "
         "AND verb = 'terminate'"],
        [f"{OP} next_at = next_at - interval '2 days' WHERE next_at IS NOT NULL"],
        ["UPDATE provisioning_connection SET brand_id = brand_id + 1"],
    ],
)  # fmt: skip
def test_the_books_find(hosts: Host, breaking: Breaking, changes: list[str]) -> None:
    assert breaking(*changes) == "M25"


def test_a_foreign_subscription_is_found(hosts: Host, breaking: Breaking) -> None:
    other = hosts.world.customer("other").row
    assert breaking(f"{S} customer_id = {other.pk} WHERE key = 'active'") == "M25"


def test_good_books_are_good(hosts: Host) -> None:
    states = [(each.state, each.subscription.state) for each in hosts.made]
    assert hosts.told[-1] == "provision waiting" and states
    found = {s.key: s.state for s in type(hosts.made[0]).objects.all()}
    assert found == {
        "active": "active", "suspended": "suspended", "over": "terminated", "ending": "active", "pending": "pending",
    }  # fmt: skip
    assert agreements.locked(hosts.made[3].subscription.public_id).state == "ended"
