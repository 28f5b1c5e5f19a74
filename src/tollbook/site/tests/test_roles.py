"""Which role has which page: declared by every page, written down, and kept."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tollbook.customers.tests.people import reader
from tollbook.identity.models import User
from tollbook.site.roles import ROLES, Route, document, routes

pytestmark = pytest.mark.django_db
PAPER = Path(__file__).resolve().parents[4] / "docs" / "roles.md"
# Pages for everybody that take a POST: choosing an account, ending a visit of staff, the mails one wants; a proforma,
# whose buttons ask again.
POSTS_FOR_ALL = {"customers:switch", "customers:end-visit", "mails:list", "payments:proforma"}


def posted(client: Client, portal: str, route: Route) -> int:
    """The status of a POST to the page, for things that do not exist."""
    given = {name: 1 if name == "number" else "x" for name in route.pattern.pattern.converters}
    return client.post(reverse(f"{portal}-{route.name}", kwargs=given)).status_code


def test_the_tables_say_what_the_pages_declare() -> None:
    if os.environ.get("TOLLBOOK_WRITE_ROLES") == "1":
        PAPER.write_text(document())
    assert PAPER.read_text() == document()


@pytest.mark.parametrize("portal", ROLES)
def test_pages_are_for_known_roles(portal: str) -> None:
    assert {role for route in routes(portal) for role in route.allowed} == set(ROLES[portal])


def test_what_acts_in_the_customer_portal_is_not_for_readers(world: Any) -> None:
    rita = reader(world.customer("acme").row, "read_only")
    takes = {route.name for route in routes("portal") if posted(rita, "portal", route) != 405}
    readable = {route.name for route in routes("portal") if "read_only" in route.allowed}
    assert takes & readable == POSTS_FOR_ALL
    closed = {posted(rita, "portal", route) for route in routes("portal") if route.name not in readable}
    assert closed <= {404, 405}


@pytest.mark.parametrize("role", ROLES["portal"])
def test_a_page_is_there_for_the_parts_that_it_names_alone(world: Any, role: str) -> None:
    someone = reader(world.customer("acme").row, role)
    for route in routes("portal"):
        if not route.pattern.pattern.converters and role not in route.allowed:
            assert (route.name, someone.get(reverse(f"portal-{route.name}")).status_code) in {
                (route.name, 404), (route.name, 405),
            }  # fmt: skip
            assert (route.name, posted(someone, "portal", route)) in {(route.name, 404), (route.name, 405)}


@pytest.mark.parametrize("role", ROLES["staff"])
def test_a_staff_page_that_acts_is_there_for_its_roles_alone(world: Any, role: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("ada@harbour.example", name="Ada", staff_role=role))
    for route in routes("staff"):
        if role not in route.allowed:
            assert (route.name, posted(client, "staff", route)) in {(route.name, 404), (route.name, 405)}


def test_auditors_and_viewers_have_no_page_of_their_own_that_acts() -> None:
    named = {route.name: route.allowed for route in routes("staff") if route.allowed != set(ROLES["staff"])}
    assert {name for name, allowed in named.items() if allowed & {"viewer", "auditor"}} == set()
    assert len(named) > 40
