"""Staff who look at a customer's portal: they read, everybody sees that they were there, and nothing can be done."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tollbook.customers.models import Customer, Membership
from tollbook.customers.tests.people import reader
from tollbook.identity.models import AuditEntry, User
from tollbook.identity.tests.people import proven
from tollbook.site.roles import routes

pytestmark = pytest.mark.django_db


def staff(role: str = "support") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@harbour.example", name="Ada", staff_role=role))
    return proven(client)


def visits(client: Client, customer: Customer, reason: str = "asked for help") -> Any:
    return client.post(f"/staff/customers/{customer.public_id}/visit/", {"reason": reason})


def test_a_visit_shows_the_portal_with_a_banner_and_is_noted(world: Any) -> None:
    acme = world.customer("acme").row
    ada = staff()
    assert ada.get("/portal/").status_code == 404
    assert visits(ada, acme).headers["Location"] == "/portal/"
    page = ada.get("/portal/").content.decode()
    assert "You see what Acme sees" in page
    assert ada.post("/portal/end-visit/").headers["Location"] == f"/staff/customers/{acme.public_id}/"
    assert ada.get("/portal/").status_code == 404
    told = [(e.verb, e.actor, e.customer_id, e.detail) for e in AuditEntry.objects.order_by("pk")]
    assert told == [
        ("customer.visit", "support@harbour.example", acme.pk, {"reason": "asked for help"}),
        ("customer.visit_ended", "support@harbour.example", acme.pk, {}),
    ]
    assert Membership.objects.count() == 0


def test_a_visitor_finds_no_page_that_acts(world: Any) -> None:
    ada = staff("administrator")
    visits(ada, world.customer("acme").row)
    for route in routes("portal"):
        given = {name: 1 if name == "number" else "x" for name in route.pattern.pattern.converters}
        # Of the mails one wants, a visitor says what the visitor wants.
        if route.name not in {"customers:end-visit", "mails:list"}:
            address = reverse(f"portal-{route.name}", kwargs=given)
            assert (route.name, ada.post(address).status_code) in {(route.name, 404), (route.name, 405)}


def test_a_visit_needs_a_reason_and_a_role(world: Any) -> None:
    acme = world.customer("acme").row
    ada = staff()
    assert visits(ada, acme, "  ").headers["Location"] == f"/staff/customers/{acme.public_id}/"
    assert ada.get("/portal/").status_code == 404
    assert visits(staff("viewer"), acme).status_code == 404
    assert AuditEntry.objects.count() == 0


def test_a_visit_ends_with_the_hour_and_with_the_role(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = staff()
    visits(ada, world.customer("acme").row)
    User.objects.update(staff_role="viewer")
    assert ada.get("/portal/").status_code == 404
    User.objects.update(staff_role="support")
    assert ada.get("/portal/").status_code == 200
    late = time.time() + 3600
    monkeypatch.setattr("tollbook.customers.visits.time.time", lambda: late)
    # The session itself would be over by then; this is about the visit.
    monkeypatch.setattr("tollbook.identity.sessions.STAFF_IDLE", timedelta(hours=2))
    assert ada.get("/portal/").status_code == 404


def test_a_customers_own_people_see_no_banner(world: Any) -> None:
    olga = reader(world.customer("acme").row)
    assert "You see what" not in olga.get("/portal/").content.decode()
    assert olga.post("/portal/end-visit/").headers["Location"] == "/portal/"
