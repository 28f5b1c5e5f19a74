"""What staff read about a customer, on the dashboard, and about features."""

from datetime import UTC, datetime
from typing import Any

from tollbook.customers.models import Customer
from tollbook.features.models import FeatureValue
from tollbook.features.registry import declared
from tollbook.kernel.money import Money
from tollbook.ledger.models import Seal
from tollbook.ledger.queries import totals
from tollbook.web.templatetags.web import money


def test_one_page_shows_everything(busy: Any, portal: Any) -> None:
    acme = Customer.objects.get(reference="acme")
    text = portal(acme).read(f"/staff/customers/{acme.public_id}/")
    for part in (
        "To pay €", "Account Brand Harbour Cloud", "On documents Legal name", "Projects",
        "Olga Owner olga@acme.example owner", "Subscriptions Plan", "Wallets", "Invoices, the open ones first",
        "Usage events by day", "Charges not invoiced yet", "In the books", "Audit trail",
    ):  # fmt: skip
        assert part in text


def test_the_dashboard_agrees_with_the_books(busy: Any, portal: Any) -> None:
    text = portal().read("/staff/")
    last = Seal.objects.latest("number")
    by: dict[object, Any] = {row["account__kind"]: row["balance"] for row in totals()}
    assert f"Receivables {money(Money(by['receivable'], 'EUR'))}" in text
    assert f"Prepaid liability {money(Money(-by['wallet'], 'EUR'))}" in text
    assert f"Ledger sealed up to {last.created_at.day} {last.created_at:%b %Y} 0 transactions wait" in text


def test_features_say_where_their_value_comes_from(world: Any, portal: Any) -> None:
    see = portal()
    acme = world.customer("acme").row
    found = next(each for each in declared().values() if each.type.write(each.default) is True)
    row = {"value": False, "valid_from": datetime(2026, 1, 1, tzinfo=UTC), "set_by": "test"}
    FeatureValue.objects.create(key=found.key, scope="customer", scope_id=acme.public_id, **row)
    told = f"{found.title} {found.key} no customer"
    assert told in see.read(f"/staff/features/?for={acme.public_id}")
    assert told in see.read(f"/staff/customers/{acme.public_id}/")
    assert f"{found.title} {found.key} yes default" in see.read(f"/staff/features/?for={world.brand.public_id}")
    assert f"{acme.public_id} as the level above no test" in see.read(f"/staff/features/{found.key}/")
    assert see.staff.get("/staff/features/?for=cus_none").status_code == 404
    assert see.staff.get("/staff/features/no.such/").status_code == 404
