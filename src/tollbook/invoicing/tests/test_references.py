"""A row without its parent, or on another customer's, is refused by the database where no foreign key stands."""

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.site.tests.world import World

CHARGE = """
    INSERT INTO charging_charge (public_id, customer_id, subscription_id, phase_id, price_id, period_start, period_end,
        revision, reason, quantity, amount, events, currency, rated, created_at)
    SELECT 'chg_raw', {customer}, {subscription}, {phase}, {price}, '2030-01-01', '2030-02-01', 1, '', 1, 1, 0, 'EUR',
        rated, created_at FROM charging_charge ORDER BY id LIMIT 1
"""
UNBILLED = "INSERT INTO charging_unbilled (charge_id, customer_id, bill_at) VALUES ({charge}, {customer}, now())"
LINE_CHARGE = "INSERT INTO invoicing_line_charge (charge_id, line_id) VALUES ({charge}, {line})"
LINE = """
    INSERT INTO invoicing_line (public_id, invoice_id, customer_id, position, section, name, quantity, unit, exact,
        carried, rounding, net, tax_code, tax_percent, tax_name)
    SELECT 'lin_raw', {invoice}, {customer}, 9, section, name, quantity, unit, exact, carried, rounding, net, tax_code,
        tax_percent, tax_name FROM invoicing_line ORDER BY id LIMIT 1
"""
POSTINGS = """
    INSERT INTO ledger_posting (transaction_id, account_id, amount, currency)
    VALUES ({entry}, {account}, 1, 'EUR'), ({entry}, {account}, -1, 'EUR')
"""
NONE = "999999999"


@pytest.fixture
def ids(world: World) -> dict[str, str]:
    """Two customers with one invoice each; of each thing the row id of the first customer's and the second's."""
    world.plan("cloud", world.monthly("10"))
    for name in ("Acme", "Zulu"):
        world.customer(name).buys("cloud", "2026-05-01")
    world.on("2026-06-01").close()
    # Another period is charged and waits.
    world.on("2026-07-01").charge()
    found = {"none": NONE}
    columns = {
        "customer": "customer_id FROM charging_charge",
        "subscription": "subscription_id FROM charging_charge",
        "phase": "phase_id FROM charging_charge",
        "price": "price_id FROM charging_charge",
        "invoice": "id FROM invoicing_invoice",
        "line": "id FROM invoicing_line",
        "charge": "charge_id FROM charging_unbilled",
        "entry": "id FROM ledger_transaction WHERE seal_id IS NULL",
        "account": "id FROM ledger_account",
    }
    with connection.cursor() as cursor:
        for name, source in columns.items():
            cursor.execute(f"SELECT DISTINCT {source} ORDER BY 1")
            rows = [str(row[0]) for row in cursor.fetchall()]
            found |= {name: rows[0], f"other_{name}": rows[-1]}
        cursor.execute("DELETE FROM charging_unbilled")
    return found


def charge(**changed: str) -> str:
    mine = {name: f"{{{name}}}" for name in ("customer", "subscription", "phase", "price")}
    return CHARGE.format(**mine | {name: f"{{{value}}}" for name, value in changed.items()})


@pytest.mark.django_db
@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("statement", "refused_by"),
    [
        (charge(), ""),
        (charge(customer="other_customer"), "charging_charge_refers"),
        (charge(customer="none"), "charging_charge_refers"),
        (charge(subscription="other_subscription"), "charging_charge_refers"),
        (charge(phase="other_phase"), "charging_charge_refers"),
        (charge(phase="none"), "charging_charge_refers"),
        (charge(price="none"), "charging_charge_refers"),
        (UNBILLED, ""),
        (UNBILLED.replace("{customer}", "{other_customer}"), "charging_unbilled_refers"),
        (UNBILLED.replace("{charge}", "{none}"), "charging_unbilled_refers"),
        (LINE_CHARGE, ""),
        (LINE_CHARGE.replace("{line}", "{other_line}"), "invoicing_line_charge_refers"),
        (LINE_CHARGE.replace("{line}", "{none}"), "invoicing_line_charge_refers"),
        (LINE_CHARGE.replace("{charge}", "{none}"), "invoicing_line_charge_refers"),
        (LINE, ""),
        (LINE.replace("{customer}", "{other_customer}"), "invoicing_line_customer"),
        (POSTINGS, ""),
        (POSTINGS.replace("{account}", "{none}"), "ledger_currency"),
        (POSTINGS.replace("{entry}", "{none}"), "ledger_sealed"),
    ],
)
def test_a_row_hangs_on_its_own_customers_parent(ids: dict[str, str], statement: str, refused_by: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if not refused_by:
            cursor.execute(statement.format(**ids))
            assert cursor.rowcount
            transaction.set_rollback(True)
            return
        with pytest.raises(IntegrityError, match=refused_by), transaction.atomic():
            cursor.execute(statement.format(**ids))


@pytest.mark.django_db
@pytest.mark.broken_books
def test_an_invoice_is_not_written_over_another_customers_lines(ids: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LINE.format(**ids | {"invoice": NONE}))
        columns = [
            field
            for field in _columns("invoicing_invoice")
            if field not in {"id", "public_id", "customer_id", "number", "label", "key", "key_hash"}
        ]
        names = ", ".join(columns)
        copy = (
            f"INSERT INTO invoicing_invoice (id, public_id, customer_id, number, label, key, key_hash, {names}) "
            f"SELECT {NONE}, 'inv_raw', {{}}, 99, 'RAW-99', 'raw', '', {names} FROM invoicing_invoice LIMIT 1"
        )
        with pytest.raises(IntegrityError, match="invoicing_invoice_customer"), transaction.atomic():
            cursor.execute(copy.format(ids["other_customer"]))
        cursor.execute(copy.format(ids["customer"]))
        assert cursor.rowcount == 1
    transaction.set_rollback(True)


def _columns(table: str) -> list[str]:
    with connection.cursor() as reading:
        return [column.name for column in connection.introspection.get_table_description(reading, table)]
