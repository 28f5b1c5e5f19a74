"""The page that sets billing settings: preview, refusal, history, undo."""

from typing import Any

import pytest

from tollbook.customers.models import CustomerGroup
from tollbook.features.actions import set_value
from tollbook.features.models import FeatureValue
from tollbook.features.queries import value
from tollbook.features.registry import Level
from tollbook.identity.models import StaffRole, User

ADMINISTRATOR = StaffRole.ADMINISTRATOR
PAGE = "/staff/configuration/billing/"
CHANGE = "/staff/features/portal.show_invoices/change/"


@pytest.fixture
def see(world: Any, portal: Any) -> Any:
    """The staff portal as an administrator reads it."""
    found = portal()
    User.objects.filter(email="ada@harbour.example").update(staff_role=ADMINISTRATOR)
    return found


def test_the_page_lists_every_billing_setting(world: Any, see: Any) -> None:
    text = see.read(PAGE)
    for title in ("Default IP charge", "Multi-currency", "Invoice menu", "Cost decimal points", "Promo code prefix"):
        assert title in text
    assert "Has no effect until there is a cloud vertical" in text
    assert see.staff.get(f"{PAGE}?for=cus_none").status_code == 404


def test_preview_then_set(world: Any, see: Any) -> None:
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    acme, bolt = world.customer("acme").row, world.customer("bolt").row
    gold, own = world.customer("gold", group=group).row, world.customer("own").row
    set_value("portal.show_invoices", True, level=Level.GROUP, scope_id=group.public_id)
    set_value("portal.show_invoices", True, level=Level.CUSTOMER, scope_id=own.public_id)
    text = see.read(f"{CHANGE}?value=no&for=")
    assert "Customers affected 2" in text
    assert acme.name in text and bolt.name in text
    assert gold.name not in text.split("Who is affected")[1] and own.name not in text.split("Who is affected")[1]
    # Looking changes nothing; the post does.
    assert value("portal.show_invoices") is True
    assert see.staff.post(CHANGE, {"value": "no", "for": ""}).status_code == 302
    assert value("portal.show_invoices") is False
    assert "Customers affected 0" in see.read(f"{CHANGE}?value=no&for=")
    # Taking a customer's value back touches that customer alone.
    assert "Customers affected 1" in see.read(f"{CHANGE}?value=&for={own.public_id}")


def test_a_default_for_new_customers_affects_nobody_who_is_there(world: Any, see: Any) -> None:
    world.customer("acme")
    text = see.read("/staff/features/customers.billing_plan/change/?value=PREPAID&for=")
    assert "Customers affected 0" in text and "when a customer is added" in text


def test_contradictions_are_shown_and_refused(world: Any, see: Any) -> None:
    change = "/staff/features/customers.signup_payment/change/"
    set_value("portal.payment", False)
    text = see.read(f"{change}?value=yes&for=")
    assert "It cannot be set" in text and "Set it now" not in text
    assert see.staff.post(change, {"value": "yes", "for": ""}).status_code == 302
    assert value("customers.signup_payment") is False


@pytest.mark.parametrize("text", ["maybe", "99", "-1", "two"])
def test_junk_is_refused(world: Any, see: Any, text: str) -> None:
    before = FeatureValue.objects.count()
    assert see.staff.post("/staff/features/portal.cost_places/change/", {"value": text, "for": ""}).status_code == 302
    assert FeatureValue.objects.count() == before


def test_history_and_undo(world: Any, see: Any) -> None:
    see.staff.post(CHANGE, {"value": "no", "for": ""})
    page = "/staff/features/portal.show_invoices/"
    assert "whole installation as the level above no" in see.read(page)
    row = FeatureValue.objects.get()
    assert see.staff.post(f"{page}undo/", {"change": str(row.pk)}).status_code == 302
    assert value("portal.show_invoices") is True
    assert see.staff.post(f"{page}undo/", {"change": "x"}).status_code == 404
    assert see.staff.get(f"{page}undo/").status_code == 404


def test_only_administrators_set(world: Any, see: Any) -> None:
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.BILLING)
    assert "Turn off" not in see.read(PAGE)
    assert see.staff.get(f"{CHANGE}?value=no&for=").status_code == 404
    assert see.staff.post(CHANGE, {"value": "no", "for": ""}).status_code == 404
    assert not FeatureValue.objects.exists()
