"""The world of the stories (`site/tests/world.py`) as fixtures; and after every story the books are checked."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from tollbook.base import books
from tollbook.invoicing.rendering import document
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.money import Money
from tollbook.ledger import queries as ledger_queries
from tollbook.ledger import seals
from tollbook.ledger.actions import Entry, post, reverse
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.notifications.events import CATALOGUE
from tollbook.notifications.models import Fact
from tollbook.notifications.queries import message_of
from tollbook.notifications.tests.test_events import check as check_fact
from tollbook.promotions.actions import NewPromotion, create
from tollbook.promotions.rules import Kind
from tollbook.site.tests.world import World
from tollbook.wallets import holds
from tollbook.wallets import queries as wallet_queries
from tollbook.webhooks.actions import add as add_webhook
from tollbook.webhooks.queries import Holder


def broken() -> str:
    """The invariants that do not hold now, each once, in order: 'M1 M2'."""
    return " ".join(dict.fromkeys(f.invariant for f in books.check(connection) if not f.ok))


def broken_by(*changes: str) -> str:
    """What does not hold after these statements, which are run with every trigger off and undone afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for change in changes:
                cursor.execute(change)
                assert cursor.rowcount, f"changes nothing: {change}"
        found = broken()
        transaction.set_rollback(True)
    return found


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "broken_books: breaks the books on purpose; they are not checked afterwards")


@pytest.fixture
def world(db: None) -> World:
    """An empty world on 1 May 2026."""
    return World()


def run_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Each call in a thread and connection of its own, all begun together; what each returned, or its error."""
    ready = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            ready.wait()
            return call()
        except TollbookError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """`at_once(call, ...)`: see `run_at_once`. The test must be marked `django_db(transaction=True)`."""
    return run_at_once


@pytest.fixture
def busy(world: World) -> World:
    """A world in which everything has happened: fees, use, a late event, prepaid use, holds, a reversal, seals."""
    world.meter("sms").meter("air").meter("seats", "max")
    world.plan(
        "cloud", world.once("10"), world.monthly("49", in_advance=True), world.monthly("5", "support"),
        world.metered("sms", "0.0043", discount_percent="10"), world.metered("seats", "2"),
    )  # fmt: skip
    world.plan("air", world.metered("air", "0.10", prepaid=True))
    acme = world.customer("acme").buys("cloud", "2026-05-10")
    create(world.brand, NewPromotion("NOBODYS", "Nobody's", Kind.SETUP))
    bolt = world.customer("bolt").tops_up("20").buys("air")
    acme.uses("sms", 1500, "2026-05-12", id="twice").uses("seats", 4, "2026-05-12").uses("seats", 3, "2026-05-14")
    acme.uses("sms", 1501, "2026-05-12", id="twice")
    bolt.uses("air", 33, "2026-05-02")
    world.on("2026-05-20").charge()
    wallet = wallet_queries.of_customer(bolt.row).get()
    for key, then in (("open", None), ("taken", holds.capture), ("freed", holds.release)):
        held = holds.hold(wallet.pk, Money(Decimal(2), "EUR"), key=key)
        if then:
            then(held.public_id)
    world.on("2026-06-01").close()
    seals.seal()
    acme.uses("sms", 100, "2026-05-13")
    bolt.uses("air", 7, "2026-06-02")
    world.on("2026-06-03").close().on("2026-07-01").close()
    document(acme.invoices[0], "xml")
    bolt.uses("air", 5, "2026-07-01 10:00")
    world.on("2026-07-02").charge()
    legs = (Leg(Slot(AccountKind.PROMOTION, "EUR"), Decimal(3)), Leg(Slot(AccountKind.ROUNDING, "EUR"), Decimal(-3)))
    post(Entry(world.brand.pk, Cause("manual", "m1", "entry"), world.now.date(), legs))
    original = ledger_queries.of_source("manual", "m1").get()
    reverse(original.public_id, Cause("manual", "m1", "reversal"), world.now.date())
    seals.seal()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return world


@pytest.fixture
def breaking() -> Callable[..., str]:
    """`breaking(sql, ...)`: which invariants do not hold once the statements are run; they are undone afterwards."""
    return broken_by


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that used the database, whatever the books hold must hold."""
    uses_database = request.node.get_closest_marker("django_db") or {"db", "transactional_db", "world"} & set(
        request.fixturenames
    )
    if not uses_database or request.node.get_closest_marker("broken_books"):
        yield
        return
    request.getfixturevalue("db")  # set up first, so that it is torn down after the check
    yield
    if _moved():
        found = [f for f in books.check(connection) if not f.ok]
        assert not found, books.report(found)


def _moved() -> bool:
    facts = (
        "ledger_transaction",
        "usage_event",
        "charging_charge",
        "invoicing_invoice",
        "wallets_wallet",
        "provisioning_service",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {name})" for name in facts))
        return bool(cursor.fetchone()[0])


@pytest.fixture
def told(world: World) -> Callable[[], list[str]]:
    """`told()`: the kinds of facts told so far, in order, each checked against the catalogue. From now on a webhook of
    the brand listens to everything.
    """
    add_webhook(Holder(world.brand), "https://ears.example/hooks")

    def kinds() -> list[str]:
        facts = list(Fact.objects.order_by("pk"))
        for fact in facts:
            check_fact(CATALOGUE[fact.kind].schema(), message_of(fact, f"cus_{'a' * 24}"))
        return [fact.kind for fact in facts]

    return kinds
