"""The books of dunning notice what the code would never do."""

from collections.abc import Callable

import pytest
from django.db import connection

from tollbook.dunning.actions import dun_due
from tollbook.dunning.pausing import promise
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.payments import asking
from tollbook.payments.models import Payment
from tollbook.provisioning.tests.conftest import make_host
from tollbook.site.tests.world import World

Make = Callable[..., Debtor]
Policy = Callable[..., None]
Days = Callable[..., None]


@pytest.fixture
def dunned(world: World, debtor: Make, policy: Policy, days: Days) -> Debtor:
    """acme has been through everything up to the end of its service; bolt is stopped, and has paid; cork pays by card."""
    policy(**STRICT)
    cork = debtor("cork")
    cork.saves_card()
    world.on("2026-06-02")
    acme, bolt = debtor("acme"), debtor("bolt")
    policy(retries="0")
    days("2026-07-17")
    promise(acme.invoices[0], until=world.now.date(), reason="x")
    bolt.party.buys("rent", key="second")
    return acme


TWICE = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE dunning_step DROP CONSTRAINT dunning_step_once"
FEE = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE dunning_step DROP CONSTRAINT dunning_step_fee"


@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("broken", "invariant"),
    [
        (f"{TWICE}; UPDATE dunning_step SET number = 1, kind = 'remind' WHERE number = 7", "M5"),
        (f"{FEE}; UPDATE dunning_step SET fee_invoice_id = NULL WHERE fee_invoice_id IS NOT NULL", "M5"),
        ("DELETE FROM invoicing_debit", "M5 M16"),
        ("UPDATE invoicing_debit SET key = key || '7'", "M5"),
        ("UPDATE dunning_step SET open = 0 WHERE kind = 'fee'", "M20"),
        ("UPDATE dunning_step SET open = 124 WHERE kind = 'fee'", "M20"),
        ("UPDATE dunning_step SET currency = 'USD' WHERE kind = 'suspend'", "M20"),
        ("UPDATE subscriptions_subscription SET state = 'active' WHERE state = 'ended'", "M25"),
        ("UPDATE dunning_notice SET customer_id = (SELECT min(id) FROM customers_customer)", "M28"),
        ("UPDATE dunning_pause SET customer_id = (SELECT min(id) FROM customers_customer)", "M28"),
        ("UPDATE dunning_stop SET customer_id = (SELECT min(id) FROM customers_customer)", "M28"),
        ("UPDATE dunning_step SET customer_id = (SELECT min(id) FROM customers_customer) WHERE kind = 'remind'", "M28"),
    ],
)
def test_the_books_notice(dunned: Debtor, breaking: Callable[..., str], broken: str, invariant: str) -> None:
    assert breaking("SELECT 1") == ""
    assert breaking(broken) == invariant


@pytest.mark.broken_books
def test_the_books_notice_a_stop_that_outlives_the_debt(
    world: World, debtor: Make, policy: Policy, days: Days, breaking: Callable[..., str]
) -> None:
    policy(suspend_after="14", reminders="none")
    acme = debtor()
    days("2026-06-29")
    acme.pays("123")
    assert breaking("SELECT 1") == ""
    world.on("2026-06-29 08:00")
    assert breaking("SELECT 1") == "M33"
    dun_due(world.now)
    days("2026-06-30")
    assert breaking("SELECT 1") == ""


@pytest.mark.broken_books
def test_the_books_notice_a_service_that_is_still_stopped(
    world: World, policy: Policy, days: Days, breaking: Callable[..., str]
) -> None:
    policy(suspend_after="14", reminders="none")
    host = make_host(world).orders().works()
    world.close()
    days("2026-05-29")
    Debtor(world, host.party).pays("12.3")
    days("2026-05-30")
    host.works()
    days("2026-05-31")
    assert breaking("SELECT 1") == ""
    assert "M25" in breaking("UPDATE provisioning_stop SET lifted_at = NULL")


@pytest.mark.broken_books
def test_the_books_notice_a_payment_that_was_not_what_was_open(
    world: World, debtor: Make, policy: Policy, days: Days, breaking: Callable[..., str]
) -> None:
    policy(retries="0", reminders="none")
    acme = debtor()
    acme.saves_card()
    world.on("2026-07-01").close()
    days("2026-07-15")
    asking.send(Payment.objects.latest("pk").public_id)
    assert breaking("SELECT 1") == ""
    assert breaking("UPDATE dunning_step SET open = 122 WHERE kind = 'retry'") == "M23"
    assert breaking("UPDATE dunning_step SET kind = 'remind', number = 9 WHERE kind = 'retry'") == "M23"


@pytest.mark.broken_books
@pytest.mark.parametrize(
    "table", ["dunning_step", "dunning_notice", "dunning_stop", "dunning_pause", "dunning_policy_value"]
)
def test_the_books_notice_a_guard_that_is_off(world: World, breaking: Callable[..., str], table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    assert breaking("SELECT 1") == "M17"
