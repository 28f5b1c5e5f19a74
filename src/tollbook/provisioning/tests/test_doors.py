"""Services in the customer portal, on staff pages and over the API."""

from collections.abc import Callable

import pytest
from django.test import Client

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.customers.models import Membership
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.identity.tests.people import proven
from tollbook.provisioning import outcomes, queries
from tollbook.provisioning.models import Connection, Delivery, Service
from tollbook.provisioning.rules import Reason
from tollbook.provisioning.secrets import reveal
from tollbook.provisioning.tests.conftest import Host

Make = Callable[..., Host]


def reader(host: Host, role: str = "owner", email: str = "olga@acme.example") -> Client:
    user = User.objects.create_user(email, name="Olga Owner")
    Membership.objects.create(customer=host.party.row, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def staff(role: str = "support") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@harbour.example", name="Ada", staff_role=role))
    return proven(client)


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_customer_stops_and_resumes(host: Make) -> None:
    acme = host().orders().works()
    client, own = reader(acme), f"/portal/services/{acme.id}/"
    assert "Stop the service" in said(client, own) and "Server" in said(client, "/portal/services/")
    assert client.post(f"{own}stop/").status_code == 302
    acme.works()
    page = said(client, own)
    assert "You stopped it." in page and "Let it run again" in page and "Stop the service" not in page
    assert (acme.state, acme.there) == (("suspended", "suspended"), "suspended")
    assert "Services" in said(client, f"/portal/subscriptions/{acme.subscription.public_id}/")
    client.post(f"{own}resume/")
    assert acme.works().state == ("active", "active")
    assert [e.actor for e in AuditEntry.objects.filter(verb__in=["service.stop", "service.lift"])] == [
        "olga@acme.example", "olga@acme.example",
    ]  # fmt: skip


def test_a_customer_does_not_lift_what_others_stopped(host: Make) -> None:
    acme = host().orders().works().stops(Reason.DUNNING).works()
    client, own = reader(acme), f"/portal/services/{acme.id}/"
    assert "An invoice is overdue" in said(client, own) and "1 service stopped" in said(client, "/portal/")
    client.post(f"{own}resume/")
    assert "it is stopped for: dunning" in said(client, own)
    assert acme.works().state == ("suspended", "suspended")


def test_where_the_plan_does_not_allow_it_nobody_stops(host: Make) -> None:
    acme = host(customer_stops=False).orders().works()
    client, own = reader(acme), f"/portal/services/{acme.id}/"
    assert "Stop the service" not in said(client, own)
    client.post(f"{own}stop/")
    assert "ask us to" in said(client, own)
    assert acme.works().told == ["provision done"]


def test_three_people_and_a_reader(host: Make) -> None:
    acme, bolt = host().orders().works(), host("bolt")
    own = f"/portal/services/{acme.id}/"
    stranger, billing = reader(bolt, email="stranger@bolt.example"), reader(acme, "billing", "ben@acme.example")
    for address, method in (
        (own, "get"),
        (f"{own}stop/", "post"),
        (f"{own}resume/", "post"),
        (f"{own}access/", "post"),
    ):
        assert getattr(stranger, method)(address).status_code == 404
        assert getattr(Client(), method)(address).status_code == 302
    assert acme.id not in said(stranger, "/portal/services/")
    assert "Stop the service" not in said(billing, own)
    assert billing.post(f"{own}stop/").status_code == 404
    assert acme.told == ["provision done"]


def test_what_opens_it_is_sealed_and_shown_on_request(host: Make) -> None:
    acme = host().orders()
    claimed = outcomes.claim(acme.last.public_id)
    assert claimed is not None
    outcomes.note(claimed, outcomes.Told("done", ref="vm-1", secrets={"password": "open sesame"}))
    kept = Service.objects.get(pk=acme.service.pk)
    assert b"sesame" not in bytes(kept.secrets or b"") and "sesame" not in repr(
        outcomes.Told("done", secrets={"p": "sesame"})
    )
    client, own = reader(acme), f"/portal/services/{acme.id}/"
    assert "sesame" not in said(client, own)
    shown = client.post(f"{own}access/")
    assert "open sesame" in shown.content.decode() and "no-store" in shown.headers["Cache-Control"]
    assert AuditEntry.objects.get(verb="service.reveal").detail == {"names": ["password"]}
    assert "Show it" not in said(reader(acme, "billing", "ben@acme.example"), own)
    acme.ends()
    ended = outcomes.claim(acme.last.public_id)
    assert ended is not None
    outcomes.note(ended, outcomes.Told("done"))
    assert reveal(acme.id, actor="a", door="staff") == {}


def test_staff_end_what_programs_could_not(host: Make) -> None:
    acme = host().weather(refuse="server").orders().works()
    client = staff()
    assert "1 operation or service to look at" in said(client, "/staff/") and "told to refuse" in said(
        client, "/staff/services/queue/"
    )
    page = f"/staff/operations/{acme.last.public_id}/"
    assert "It was done by hand" in said(client, page)
    client.post(f"{page}retry/")
    assert (acme.last.calls, acme.last.queued_at is not None) == (2, True)
    client.post(f"{page}complete/", {"ref": "rack-7", "reason": ""})
    assert "reason is empty" in said(client, page)
    client.post(f"{page}complete/", {"ref": "rack-7", "reason": "racked"})
    assert (acme.told, acme.state, acme.service.ref) == (["provision done"], ("active", "active"), "rack-7")
    assert "rack-7" in said(client, f"/staff/services/{acme.id}/") and "Nothing waits" in said(
        client, "/staff/services/queue/"
    )
    viewer = staff("viewer")
    assert "Try now" not in said(viewer, page)
    assert viewer.post(f"{page}retry/").status_code == reader(acme).get(page).status_code == 404


def test_staff_switch_a_service(host: Make) -> None:
    acme = host().orders().works()
    client, page = staff(), f"/staff/services/{acme.id}/"
    assert "cores = 2" in said(client, page)
    client.post(f"{page}stop/", {"note": "abuse"})
    assert acme.works().state == ("suspended", "suspended")
    assert "abuse" in said(client, page)
    client.post(f"{page}lift/", {"reason": "staff"})
    assert acme.works().state == ("active", "active")
    client.post(f"{page}terminate/", {"note": "left"})
    assert acme.works().state == ("terminated", "ended")
    assert "End for good" not in said(client, page)
    assert acme.id in said(client, "/staff/services/") and "Server" in said(
        client, f"/staff/customers/{acme.party.row.public_id}/"
    )
    assert client.get(f"/staff/search/?q={acme.id}").headers["Location"] == page


def test_staff_make_and_test_a_connection(host: Make) -> None:
    acme, client = host(), staff("administrator")
    plan = acme.world.plan("mail", acme.world.monthly("1")).plan
    new = f"/staff/connections/new/{acme.world.brand.public_id}/console/"
    assert new in said(client, "/staff/connections/") and "Be busy" in said(client, new)
    assert client.get(new.replace("console", "none")).status_code == 404
    refused = client.post(new, {"connection_name": "", "name": "x"})
    assert (refused.status_code, Connection.objects.count()) == (200, 1)
    sent = client.post(new, {"connection_name": "Cluster", "name": "cluster", "busy": "true"})
    made = Connection.objects.get(name="Cluster")
    page = f"/staff/connections/{made.public_id}/"
    assert sent.headers["Location"] == page
    client.post(f"{page}test/")
    assert "the console is told to be busy" in said(client, page)
    client.post(f"{page}configure/", {"name": "cluster"})
    client.post(f"{page}test/")
    assert "reached" in said(client, page)
    wrong = {"plan": plan.public_id, "kind": "mailbox", "properties": "size", "asks": "address"}
    client.post(f"{page}deliver/", wrong)
    assert "write it as: name = value" in said(client, page)
    client.post(f"{page}deliver/", {**wrong, "properties": "size = 5\nquota = yes", "customer_stops": "true"})
    delivery = Delivery.objects.get(plan=plan)
    assert (delivery.properties, delivery.asks, delivery.customer_stops) == (
        {"size": 5, "quota": True}, ["address"], True,
    )  # fmt: skip
    client.post(f"{page}retire/")
    assert "retired" in said(client, page)
    support = staff()
    assert "Test now" not in said(support, page) and support.post(f"{page}test/").status_code == 404


def test_services_over_the_api(host: Make) -> None:
    acme = host().orders().works()
    mine, support, viewer = customer_key(acme.party.row.pk), staff_key(StaffRole.SUPPORT), staff_key(StaffRole.VIEWER)
    (found,) = mine.get("/services").json()["data"]
    assert found == {
        "id": acme.id, "customer": acme.party.row.public_id, "subscription": acme.subscription.public_id,
        "name": "Server", "kind": "server", "state": "active", "stopped_for": [], "created_at": "2026-05-01T00:00:00Z",
        "ends_at": None, "ended_at": None,
    }  # fmt: skip
    assert mine.get(f"/services/{acme.id}").json() == found
    stopped = mine.post(f"/services/{acme.id}/stop", {})
    assert (stopped.status_code, stopped.json()["stopped_for"]) == (200, ["customer"])
    lied = mine.post(f"/services/{acme.id}/resume", {"reason": "dunning"})
    assert (lied.status_code, lied.json()["code"]) == (403, "staff_only")
    assert support.post(f"/services/{acme.id}/stop", {"reason": "wallet"}).json()["stopped_for"] == [
        "customer",
        "wallet",
    ]
    assert viewer.post(f"/services/{acme.id}/stop", {}).json()["code"] == "role_missing"
    assert mine.post(f"/services/{acme.id}/resume", {}).json()["stopped_for"] == ["wallet"]
    refused = mine.post(f"/services/{acme.id}/resume", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "stopped_by_others")
    acme.weather(busy=True).works()
    (waits,) = support.get("/operations", service=acme.id).json()["data"][1:]
    assert (waits["verb"], waits["progress"], waits["calls"]) == ("suspend", "waiting", 1)
    assert support.get("/operations", for_people=True).json()["data"] == []
    failed = support.post(f"/operations/{waits['id']}/fail", {"reason": "leave it"})
    assert (failed.status_code, failed.json()["progress"]) == (200, "failed")
    again = support.post(f"/operations/{waits['id']}/retry", {})
    assert (again.status_code, again.json()["code"]) == (409, "operation_ended")
    assert mine.post(f"/services/{acme.id}/terminate", {}).json()["code"] == "staff_only"
    ended = support.post(f"/services/{acme.id}/terminate", {"note": "left"})
    assert ended.json()["ends_at"] == "2026-05-01T00:00:00Z"
    acme.weather().waits(minutes=1)
    assert mine.get(f"/services/{acme.id}").json()["state"] == "terminated"
    assert mine.post(f"/services/{acme.id}/stop", {}).json()["code"] == "service_over"
    assert queries.next_due() is None


@pytest.mark.parametrize("path", ["/portal/services/", "/portal/orders/", "/portal/orders/new/"])
def test_nothing_there_yet(host: Make, path: str) -> None:
    assert "yet" in said(reader(host()), path)
