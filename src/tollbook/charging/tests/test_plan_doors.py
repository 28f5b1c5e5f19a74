"""The billing plan is changed by those who may, on a staff page and over the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tollbook.customers.models import Customer, PlanChange
from tollbook.customers.settings import CONTRACT_TYPES
from tollbook.features.actions import set_value
from tollbook.identity.actions import create_key
from tollbook.identity.models import User


@pytest.fixture
def acme(world: Any) -> Customer:
    found = world.customer("acme", billing_plan="POSTPAID", zone="Europe/Berlin").tops_up("10").row
    assert isinstance(found, Customer)
    return found


def test_staff_plan_a_change_and_call_it_off(acme: Customer, portal: Any) -> None:
    see, page = portal(acme), f"/staff/customers/{acme.public_id}/plan/"
    assert see.staff.get(page).status_code == 404  # a viewer
    User.objects.filter(email="ada@harbour.example").update(staff_role="billing")
    assert "Postpaid: everything is billed when its period ends" in see.read(page)
    see.staff.post(page, {"key": "k", "becomes": "PREPAID", "at": "2026-06-01T00:00", "reason": "agreed"})
    made = PlanChange.objects.get()
    # Midnight in Berlin.
    assert (made.starts_at, made.turned_at) == (datetime(2026, 5, 31, 22, tzinfo=UTC), None)
    assert "A change to prepaid is planned" in see.read(page)
    see.staff.post(page, {"call_off": made.key})
    made.refresh_from_db()
    assert made.called_off_at is not None
    assert "called off" in see.read(f"/staff/customers/{acme.public_id}/")


def test_staff_give_a_fixed_contract_where_the_setting_allows_one(acme: Customer, portal: Any) -> None:
    see, page = portal(acme), f"/staff/customers/{acme.public_id}/plan/"
    User.objects.filter(email="ada@harbour.example").update(staff_role="billing")
    assert "The contract is: pay as you go." in see.read(page)
    see.staff.post(page, {"contract": "fixed", "reason": "agreed"})
    assert "customers.contract_types to be on" in see.read(page)
    set_value(CONTRACT_TYPES, True, actor="test", door="test")
    for wrong in ({"contract": "none", "reason": "x"}, {"contract": "fixed", "reason": ""}):
        see.staff.post(page, wrong)
        acme.refresh_from_db()
        assert acme.contract_type == "pay_as_you_go"
    see.staff.post(page, {"contract": "fixed", "reason": "agreed"})
    acme.refresh_from_db()
    assert acme.contract_type == "fixed"
    assert "The contract is: fixed." in see.read(page)


@pytest.mark.parametrize(
    "given",
    [{"becomes": "NONE"}, {"becomes": "PREPAID", "at": "soon"}, {"becomes": "POSTPAID"}, {}, {"call_off": "none"}],
)
def test_what_is_wrong_changes_nothing(acme: Customer, portal: Any, given: dict[str, str]) -> None:
    see = portal(acme)
    User.objects.filter(email="ada@harbour.example").update(staff_role="billing")
    assert see.staff.post(f"/staff/customers/{acme.public_id}/plan/", {"key": "k", **given}).status_code == 302
    assert not PlanChange.objects.exists()


def test_over_the_api(acme: Customer, world: Any) -> None:
    address = f"/api/v1/customers/{acme.public_id}/plan-changes"
    staff = User.objects.create_user("bea@harbour.example", name="Bea", staff_role="billing")
    ours = create_key("ours", scopes=["customers:write", "customers:read"], user=staff).text
    theirs = create_key("theirs", scopes=["customers:write", "customers:read"], customer_id=acme.pk).text
    other = create_key("o", scopes=["customers:read"], customer_id=world.customer("other").row.pk).text

    def post(key: str, body: dict[str, str], once: str) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once}
        return Client().post(address, body, content_type="application/json", headers=headers)

    made = post(ours, {"becomes": "PREPAID", "reason": "agreed"}, "one")
    assert (made.status_code, made.json()["was"], made.json()["becomes"]) == (201, "POSTPAID", "PREPAID")
    assert post(ours, {"becomes": "PREPAID", "reason": "agreed"}, "one").json() == made.json()
    assert post(ours, {"becomes": "PREPAID"}, "two").json()["code"] == "same_billing_plan"
    # A customer does not choose when it pays, and sees no other's changes.
    assert post(theirs, {"becomes": "POSTPAID"}, "three").status_code == 403
    read = Client().get(address, headers={"Authorization": f"Bearer {theirs}"}).json()["data"]
    assert [each["becomes"] for each in read] == ["PREPAID"]
    assert Client().get(address, headers={"Authorization": f"Bearer {other}"}).status_code == 404
    assert PlanChange.objects.count() == 1
