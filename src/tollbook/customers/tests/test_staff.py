"""What staff read about a customer, on the dashboard, and about features."""

from datetime import UTC, datetime

from tollbook.customers.models import Customer
from tollbook.features.models import FeatureValue
from tollbook.features.registry import declared
from tollbook.ledger.queries import totals


def test_one_page_shows_everything(busy, portal):
    acme = Customer.objects.get(reference="acme")
    text = portal(acme).read(f"/staff/customers/{acme.public_id}/")
    for part in (
        "To pay €", "Account Brand Harbour Cloud", "On documents Legal name", "Projects", "People Name Role Last log-in "
        "Olga Owner olga@acme.example owner", "Subscriptions Plan", "Wallets", "Invoices, the open ones first",
        "Usage events by day", "Charges not invoiced yet", "In the books", "Audit trail",
    ):  # fmt: skip
        assert part in text


def test_the_dashboard_agrees_with_the_books(busy, portal):
    text = portal().read("/staff/")
    by = {row["account__kind"]: row["balance"] for row in totals()}
    assert f"Receivables €{by['receivable']:,.2f}" in text
    assert f"Prepaid liability €{-by['wallet']:,.2f}" in text
    assert "Ledger sealed up to 1 Jul 2026 0 transactions wait for the next seal" in text


def test_features_say_where_their_value_comes_from(world, portal):
    see = portal()
    acme = world.customer("acme").row
    found = next(each for each in declared().values() if each.type.write(each.default) is True)
    row = {"value": False, "valid_from": datetime(2026, 1, 1, tzinfo=UTC), "set_by": "test"}
    FeatureValue.objects.create(key=found.key, scope="customer", scope_id=acme.public_id, **row)
    told = f"{found.title} {found.key} no customer"
    assert told in see.read(f"/staff/features/?for={acme.public_id}")
    assert told in see.read(f"/staff/customers/{acme.public_id}/")
    assert f"{found.title} {found.key} yes default" in see.read(f"/staff/features/?for={world.brand.public_id}")
    assert f"{acme.public_id} no test" in see.read(f"/staff/features/{found.key}/")
    assert see.staff.get("/staff/features/?for=cus_none").status_code == 404
    assert see.staff.get("/staff/features/no.such/").status_code == 404
