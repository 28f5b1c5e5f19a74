"""The second wall: a customer's page sees that customer's rows, whatever its queries forgot."""

import pytest
from django.apps import apps
from django.db import Error, connection, transaction

from tollbook.base import walls
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.invoicing.models import Invoice
from tollbook.site.tests.world import Party, World

OWNED = {rule.table: rule.rows for rule in walls.rules() if rule.rows and rule.rows != "false"}
CLOSED = sorted(rule.table for rule in walls.rules() if rule.closed)
#: What every customer may read: what is sold, rates, the clock, the switches. A table that is new belongs to a customer,
#: is closed, or is named here after some thought.
OPEN = [
    "base_virtual_clock", "brands_brand", "brands_tax_rate", "catalog_plan", "catalog_plan_version", "catalog_price",
    "catalog_price_book", "catalog_product", "customers_group", "dunning_policy_value", "exchange_rate", "features_value",
    "metering_meter", "orders_offer", "promotions_promotion", "promotions_target", "provisioning_connection",
    "provisioning_delivery", "usage_batch",
]  # fmt: skip


@pytest.fixture
def two(world: World) -> tuple[Party, Party]:
    """Two customers with use, charges, invoices, wallets and what hangs on them."""
    world.meter("sms").plan("cloud", world.monthly("10"), world.metered("sms", "0.10"))
    acme, zulu = (
        world.customer(name).buys("cloud", "2026-05-01").uses("sms", 30, "2026-05-03").tops_up("50")
        for name in ("acme", "zulu")
    )
    world.on("2026-06-01").close()
    return acme, zulu


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        found: int = cursor.fetchone()[0]
        return found


def test_every_table_is_somebodys_open_or_closed() -> None:
    shared = sorted(rule.table for rule in walls.rules() if not rule.rows and not rule.closed)
    assert shared == OPEN
    ours = [m._meta.db_table for m in apps.get_models() if m.__module__.startswith("tollbook.")]
    with_customer = [
        m._meta.db_table
        for m in apps.get_models()
        if m.__module__.startswith("tollbook.") and any(f.column == "customer_id" for f in m._meta.concrete_fields)
    ]
    rules = {rule.table: rule.rows for rule in walls.rules()}
    assert [table for table in with_customer if not rules[table]] == []
    assert len(ours) > 80
    assert len(OWNED) > 45


@pytest.mark.django_db
def test_the_database_has_the_policies_that_the_models_ask_for() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relrowsecurity AND p.polname = %s",
            [walls.ROLE],
        )
        protected = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege(%s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')",
            [walls.ROLE],
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege(%s, oid, 'SELECT')",
            [walls.ROLE],
        )
        readable = {row[0] for row in cursor.fetchall()}
    assert protected == {rule.table for rule in walls.rules() if rule.rows}
    assert readable == protected | set(OPEN)


@pytest.mark.django_db
def test_a_query_without_its_filter_finds_no_more(two: tuple[Party, Party]) -> None:
    acme, _ = two
    everything = {table: count(table) for table in OWNED}
    seen = []
    for party in two:
        with walls.customer(party.row.pk):
            seen.append({table: count(table) for table in OWNED})
    filled = [table for table, rows in everything.items() if rows]
    assert len(filled) >= 15, filled
    # The names of the brand's accounts are seen by both.
    for table in filled:
        mine, theirs = (each[table] for each in seen)
        assert mine == theirs, table
        assert table == "ledger_account" or mine + theirs <= everything[table], table
    with walls.customer(acme.row.pk):
        assert list(Customer.objects.values_list("reference", flat=True)) == ["acme"]
        assert {invoice.customer.reference for invoice in Invoice.objects.select_related("customer")} == {"acme"}
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_account WHERE customer_id <> %s", [acme.row.pk])
            assert cursor.fetchone()[0] == 0


@pytest.mark.django_db
def test_nobodys_wall_shows_nothing(two: tuple[Party, Party]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [walls.ROLE])
        try:
            for table in OWNED:
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                assert cursor.fetchone()[0] == 0 or table == "ledger_account", table
        finally:
            cursor.execute("SELECT set_config('role', 'none', true)")


@pytest.mark.django_db
def test_what_is_closed_cannot_be_read(world: World) -> None:
    with walls.customer(world.customer().row.pk):
        for table in CLOSED:
            with pytest.raises(Error, match=f"permission denied for table {table}"), transaction.atomic():
                count(table)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_a_reader_changes_nothing(two: tuple[Party, Party], statement: str) -> None:
    for table in ("customers_customer", "invoicing_invoice", "wallets_wallet", "brands_brand"):
        with (
            walls.customer(two[0].row.pk),
            pytest.raises(Error, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table))


@pytest.mark.django_db
def test_an_act_steps_out_and_the_wall_stands_again(two: tuple[Party, Party]) -> None:
    @action
    def rename(fail: bool) -> int:
        Customer.objects.filter(reference="zulu").update(name="Renamed")
        if fail:
            raise LookupError
        return Customer.objects.count()

    with walls.customer(two[0].row.pk):
        assert [rename(False), Customer.objects.count()] == [2, 1]
        with pytest.raises(LookupError):
            rename(True)
        assert Customer.objects.count() == 1
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            Customer.objects.update(name="x")
        assert Customer.objects.count() == 1
        with walls.lifted():
            assert Customer.objects.count() == 2
            with walls.customer(two[1].row.pk):
                assert list(Customer.objects.values_list("reference", flat=True)) == ["zulu"]
            assert Customer.objects.count() == 2
        assert Customer.objects.count() == 1
    assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_made_again_gets_its_wall_back(two: tuple[Party, Party]) -> None:
    with walls.customer(two[0].row.pk):
        assert Customer.objects.count() == 1
        connection.close()
        assert Customer.objects.count() == 1
        assert list(walls.streamed(two[1].row.pk, (Customer.objects.get().reference for _ in [0]))) == ["zulu"]
        assert Customer.objects.get().reference == "acme"
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            _ = 1 / 0
        assert Customer.objects.count() == 1
    assert Customer.objects.count() == 2
    with pytest.raises(Error), transaction.atomic(), walls.customer(two[0].row.pk), connection.cursor() as cursor:
        # The statement fails the transaction within the wall: its rollback takes the wall down.
        cursor.execute("SELECT 1 / 0")
    assert Customer.objects.count() == 2
