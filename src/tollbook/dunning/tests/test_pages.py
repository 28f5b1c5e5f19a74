"""Dunning as staff, customers and the API see it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.customers.models import CustomerGroup, Membership
from tollbook.dunning.models import Pause, PolicyValue
from tollbook.dunning.pausing import promise
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.features.actions import set_value
from tollbook.features.registry import Level as FeatureLevel
from tollbook.identity.models import StaffRole, User
from tollbook.site.tests.world import World

Make = Callable[..., Debtor]
Policy = Callable[..., None]
Days = Callable[..., None]


def reader(debtor: Debtor, email: str = "olga@acme.example") -> Client:
    user = User.objects.create_user(email, name="Olga Owner")
    Membership.objects.create(customer=debtor.row, user=user, role="owner")
    client = Client()
    client.force_login(user)
    return client


def staff(role: str = "billing") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@harbour.example", name="Ada", staff_role=role))
    return client


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return " ".join(response.content.decode().split())


@pytest.fixture
def late(debtor: Make, policy: Policy, days: Days) -> Debtor:
    """acme is 10 days late: it was reminded and charged a fee of 6.15 EUR; on 29 June its service is suspended."""
    policy(**STRICT)
    acme = debtor()
    days("2026-06-25")
    return acme


def test_the_customer_reads_what_happens_when(late: Debtor, days: Days) -> None:
    client, invoice = reader(late), late.invoices[0]
    page = said(client, "/portal/reminders/")
    assert "€123.00 overdue for 10 days" in page
    assert "On 29 June 2026 Rent is suspended." in page
    assert "Invoice HARBOUR-2026-000001 is 7 days overdue" in page and "Late fee on invoice" in page
    assert "123.00 EUR are overdue" in said(client, "/portal/")
    own = said(client, f"/portal/invoices/{invoice.public_id}/")
    assert "On 29 June 2026 Rent is suspended." in own and "1 late fee charged for it" in own
    fee = late.invoices[1]
    line = fee.lines.get().public_id
    why = said(client, f"/portal/invoices/{fee.public_id}/lines/{line}/")
    assert "Late fee on invoice HARBOUR-2026-000001: 5.00 EUR fixed." in why and "this line is wrong" not in why
    assert "the steps add up to the amount" in said(staff(), f"/staff/invoices/lines/{line}/")
    days("2026-06-29")
    assert "Rent is suspended" in said(client, "/portal/")
    assert "On 15 July 2026 Rent ends for good." in said(client, "/portal/reminders/")
    assert client.get("/portal/reminders/?export=csv").status_code == 200


def test_what_is_promised_is_no_threat(late: Debtor) -> None:
    promise(late.invoices[0], until=date(2026, 7, 10), reason="On the phone")
    page = said(reader(late), "/portal/reminders/")
    assert "Payment is promised until 2026-07-10: nothing happens for now." in page
    assert "is suspended" not in page


def test_nobody_reads_of_another_customer(late: Debtor, debtor: Make) -> None:
    bolt = debtor("bolt", close=False)
    page = said(reader(bolt), "/portal/reminders/")
    assert "Nothing is overdue." in page
    assert late.invoices[0].label not in page
    for address in ("/staff/dunning/", f"/staff/dunning/customers/{late.row.public_id}/", "/staff/dunning/policies/"):
        assert reader(bolt, f"b{len(address)}@bolt.example").get(address).status_code == 404


def test_staff_see_who_is_late_and_what_is_next(late: Debtor, debtor: Make) -> None:
    debtor("paid", close=False)
    client = staff("support")
    page = said(client, "/staff/dunning/")
    assert "Acme" in page and "Paid" not in page and "€123.00" in page
    assert "HARBOUR-2026-000001: suspend Rent" in page and "29 Jun 2026" in page
    assert said(client, "/staff/dunning/?q=nobody").count("Acme") == 0
    assert client.get("/staff/dunning/?export=csv").status_code == 200
    for sort in ("name", "-overdue", "oldest", "-stopped", "dunning_look__next_on"):
        assert "Acme" in said(client, f"/staff/dunning/?sort={sort}")
    assert "Stopped by dunning" in said(client, "/staff/")
    own = said(client, f"/staff/dunning/customers/{late.row.public_id}/")
    assert "suspend Rent" in own and "Late fee on invoice" in own and "email, portal" not in own
    assert "History, exemptions and promises" in said(client, f"/staff/customers/{late.row.public_id}/")
    assert "Dunning" in said(client, f"/staff/invoices/{late.invoices[0].public_id}/")
    rent = late.party.subscriptions["rent"].public_id
    assert "When it is not paid" in said(client, f"/staff/subscriptions/{rent}/")


def test_staff_let_steps_wait(late: Debtor, days: Days) -> None:
    client, address = staff("finance"), f"/staff/dunning/customers/{late.row.public_id}/"
    wrong = client.post(f"{address}promise/", {"invoice": late.invoices[0].public_id, "until": "soon", "reason": "x"})
    assert (wrong.status_code, Pause.objects.count()) == (302, 0)
    assert "give a day such as" in said(client, address)
    client.post(f"{address}exempt/", {"reason": "A partner", "until": ""})
    client.post(f"{address}dispute/", {"invoice": late.invoices[0].public_id, "reason": "Not ordered"})
    client.post(f"{address}promise/", {"invoice": late.invoices[0].public_id, "until": "2026-07-10", "reason": "x"})
    found = Pause.objects.order_by("pk").values_list("why", "until", "made_by")
    assert list(found) == [
        ("exempt", None, "finance@harbour.example"),
        ("dispute", None, "finance@harbour.example"),
        ("promise", date(2026, 7, 10), "finance@harbour.example"),
    ]
    assert "The customer is exempt" in said(client, address)
    for pause in Pause.objects.all():
        client.post(f"{address}lift/", {"pause": pause.public_id})
    assert not Pause.objects.filter(lifted_at=None).exists()
    days("2026-06-29")
    assert late.state() == "suspended"


def test_a_pause_of_another_customer_is_not_lifted_here(late: Debtor, debtor: Make) -> None:
    bolt = debtor("bolt")
    client = staff("finance")
    client.post(f"/staff/dunning/customers/{bolt.row.public_id}/exempt/", {"reason": "A partner"})
    pause = Pause.objects.get()
    address = f"/staff/dunning/customers/{late.row.public_id}/"
    client.post(f"{address}lift/", {"pause": pause.public_id})
    client.post(f"{address}promise/", {"invoice": bolt.invoices[0].public_id, "until": "2026-07-10", "reason": "x"})
    assert Pause.objects.filter(lifted_at=None).get() == pause


@pytest.mark.parametrize("role", ["support", "finance", "viewer"])
def test_who_may_not_does_not(late: Debtor, role: str) -> None:
    client, name = staff(role), late.row.public_id
    client.post(f"/staff/dunning/policies/{name}/", {"suspend_after": "3", "act": "save"})
    assert not PolicyValue.objects.filter(scope_id=name).exists()
    assert "Say something else" not in said(client, f"/staff/dunning/policies/{name}/")


def test_staff_say_a_policy_after_they_have_seen_it(late: Debtor, world: World) -> None:
    client, name = staff(), late.row.public_id
    index = said(client, "/staff/dunning/policies/")
    assert "Harbour Cloud" in index
    assert client.get(f"/staff/dunning/policies/?id={name}").headers["Location"] == f"/staff/dunning/policies/{name}/"
    assert "there is none" in said(client, "/staff/dunning/policies/?id=cus_none")
    assert "give the id of a brand" in said(client, "/staff/dunning/policies/?id=hello")
    address = f"/staff/dunning/policies/{name}/"
    assert "brand: Harbour Cloud" in said(client, address)
    asked = {"suspend_after": "20", "least_open": "EUR 5.00"}
    seen = client.post(address, {**asked, "act": "preview"}).content.decode()
    assert "This is what would count" in seen and "changed" in seen and 'value="20"' in seen
    assert not PolicyValue.objects.filter(scope_id=name).exists()
    wrong = client.post(address, {"suspend_after": "30", "act": "preview"}).content.decode()
    assert "terminate later than day 30, the stop" in wrong
    wrong = client.post(address, {"suspend_after": "30", "act": "save"}).content.decode()
    assert "terminate later than day 30, the stop" in wrong
    wrong = client.post(address, {"suspend_after": "soon", "fee_percent": "x", "act": "save"}).content.decode()
    assert "Suspend after: suspend_after" in wrong and "Late fee, percent: fee_percent" in wrong
    assert not PolicyValue.objects.filter(scope_id=name).exists()
    assert client.post(address, {**asked, "act": "save"}).headers["Location"] == address
    rows = PolicyValue.objects.filter(scope_id=name).order_by("field").values_list("field", "value", "said_by")
    assert list(rows) == [
        ("least_open", {"EUR": "5"}, "billing@harbour.example"),
        ("suspend_after", 20, "billing@harbour.example"),
    ]
    page = said(client, address)
    assert "It is said, and counts from now on." in page and 'value="20"' in page
    client.post(address, {"suspend_after": "20", "act": "save"})
    assert "inherited again" in said(client, address)
    assert client.get("/staff/dunning/policies/prd_none/").status_code == 404


@pytest.mark.parametrize("level", ["brand", "group", "product", "subscription"])
def test_every_level_has_its_page(late: Debtor, world: World, level: str) -> None:
    rent = late.party.subscriptions["rent"]
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    ids = {
        "brand": world.brand.public_id,
        "group": group.public_id,
        "product": rent.version.plan.product.public_id,
        "subscription": rent.public_id,
    }
    assert "Say something else" in said(staff(), f"/staff/dunning/policies/{ids[level]}/")


def test_the_api_tells_what_is_unpaid_done_and_told(late: Debtor, debtor: Make) -> None:
    bolt = debtor("bolt", close=False)
    invoice, mine, theirs = late.invoices[0], customer_key(late.row.pk), customer_key(bolt.row.pk)
    address = f"/customers/{late.row.public_id}/dunning"
    found = mine.get(address).json()
    rent = late.party.subscriptions["rent"].public_id
    assert found[0] == {
        "invoice": invoice.public_id,
        "number": "HARBOUR-2026-000001",
        "open": {"amount": "123.00", "currency": "EUR"},
        "due_on": "2026-06-15",
        "overdue_days": 10,
        "waits": None,
        "coming": [
            {"kind": "suspend", "on": "2026-06-29", "subscription": rent},
            {"kind": "terminate", "on": "2026-07-15", "subscription": rent},
        ],
    }
    assert [each["overdue_days"] for each in found] == [10, -14]
    steps = mine.get("/dunning/steps").json()["data"]
    assert [(s["kind"], s["number"], s["outcome"]) for s in steps] == [
        ("fee", 0, "taken"), ("remind", 7, "taken"), ("remind", 1, "taken"), ("remind", -3, "taken"),
    ]  # fmt: skip
    assert steps[0]["fee_invoice"] == late.invoices[1].public_id
    told = mine.get("/dunning/notices").json()["data"]
    assert [(n["about"], n["channels"]) for n in told][:2] == [("fee", ["portal", "email"]), ("reminder", ["email"])]
    assert staff_key(StaffRole.SUPPORT).get("/dunning/steps", customer=late.row.public_id).json()["data"] == steps
    assert theirs.get(address).status_code == 404
    assert theirs.get("/dunning/steps").json()["data"] == theirs.get("/dunning/notices").json()["data"] == []
    assert theirs.get("/dunning/steps", customer=late.row.public_id).status_code == 404


def test_who_does_not_see_invoices_sees_none_of_them_here(late: Debtor) -> None:
    set_value("portal.show_invoices", False, level=FeatureLevel.CUSTOMER, scope_id=late.row.public_id)
    key: Any = customer_key(late.row.pk)
    for address in (f"/customers/{late.row.public_id}/dunning", "/dunning/steps"):
        assert key.get(address).json()["code"] == "invoices_hidden"
    assert "/portal/invoices/" not in said(reader(late), "/portal/reminders/")
