"""Every page of the staff portal, found by discovery: who may see it, and that no list asks a query for each row."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.urls import reverse

from tollbook.base import discovery
from tollbook.web.sockets import finders, page_of, pages

LONG = "Société Générale d'Exploitation des Télécommunications Transatlantiques et Maritimes du Nord-Pas-de-Calais"


def lists() -> list[str]:
    """The addresses of staff pages without parameters, of every room and vertical."""
    return [
        reverse(f"staff-{label}:{pattern.name}")
        for label, module in discovery.modules("staff")
        for pattern in module.urls
        if not pattern.pattern.converters
    ]


def ids(world: Any) -> Iterator[str]:
    """A public id of each kind that has a page."""
    from django.apps import apps

    for model in apps.get_models():
        field = next((f for f in model._meta.fields if f.name == "public_id"), None)
        row: Any = model._default_manager.order_by("pk").first() if field is not None else None
        if row is not None and page_of(row.public_id):
            yield row.public_id


def test_every_page_is_for_staff_alone(busy: Any, portal: Any) -> None:
    see = portal(busy.customer("olga").row)
    addresses = [*lists(), *(page_of(each) for each in ids(busy))]
    assert len(addresses) > 35
    assert {each: see.seen_by(each) for each in addresses} == {
        each: (200, 404, "/account/login/") for each in addresses
    }


def test_each_kind_of_id_has_its_page(busy: Any, portal: Any) -> None:
    see = portal()
    found = {each.split("_")[0] for each in ids(busy)}
    # Nothing is bought, simulated, paid, asked for ahead, ordered, provisioned or told in this world.
    known = {"sup", "sim", "pay", "bte", "pfm", "ord", "con", "svc", "opn", "whe", "eml", "apr", "dep", "drf"}
    assert found | known == set(pages())
    assert {
        name: see.staff.get(reverse(name, args=[f"{prefix}_nosuch"])).status_code for prefix, name in pages().items()
    } == {name: 404 for name in pages().values()}


def test_a_closed_account_and_a_former_member_of_staff_see_nothing(busy: Any, portal: Any) -> None:
    from tollbook.identity.models import User

    see = portal()
    User.objects.filter(email="ada@harbour.example").update(staff_role="none")
    assert see.staff.get("/staff/").status_code == 404
    User.objects.filter(email="ada@harbour.example").update(staff_role="viewer", is_active=False)
    assert see.staff.get("/staff/").status_code == 302


def test_no_list_asks_a_query_for_each_row(world: Any, portal: Any) -> None:
    world.meter("sms").meter("air")
    world.plan("cloud", world.monthly("49", in_advance=True), world.metered("sms", "0.5"))
    world.plan("air", world.metered("air", "0.10", prepaid=True))
    number = count(1)

    def crowd(size: int) -> None:
        for n in (next(number) for _ in range(size)):
            who = world.customer(f"c{n}", profile={"country": "IE"}).tops_up("20").buys("cloud").buys("air")
            who.uses("sms", n).uses("air", 3)
        world.close()

    see = portal()
    crowd(5)
    few = {each: see.queries(each) for each in lists()}
    crowd(45)
    assert {each: see.queries(each) for each in lists()} == few
    assert max(few.values()) <= 40
    assert "1-25 of 50" in see.read(reverse("staff-customers:list"))


def test_empty_installation(portal: Any, db: Any) -> None:
    see = portal()
    assert [see.staff.get(each).status_code for each in lists()] == [200] * len(lists())
    assert "No customers yet" in see.read("/staff/customers/")
    assert "Nothing is issued yet." in see.read("/staff/")


def test_a_long_name_and_a_formula(world: Any, portal: Any) -> None:
    who = world.customer("acme").row
    type(who).objects.filter(pk=who.pk).update(name=LONG)
    type(who).objects.filter(pk=world.customer("bolt").row.pk).update(name="=1+1")
    see = portal()
    assert LONG in see.read("/staff/customers/")
    assert LONG in see.read(page_of(who.public_id))
    assert [row[0] for row in see.csv("/staff/customers/")] == ["Customer", "'=1+1", LONG]


@pytest.mark.parametrize("text", ["acme", "%", "'", "\x00", "_", "x" * 500, "cus_", "é", "1' OR '1'='1"])
def test_search_takes_anything(busy: Any, portal: Any, text: Any) -> None:
    see = portal()
    assert see.staff.get("/staff/search/", {"q": text}).status_code == 200
    for each in lists():
        assert see.staff.get(each, {"q": text, "page": text, "sort": text}).status_code == 200


def test_search_finds_each_kind(busy: Any, portal: Any) -> None:
    see = portal()
    text = see.read("/staff/search/?q=acme")
    assert "Customers Acme" in text
    assert "HARBOUR-2026-000001" in see.read("/staff/search/?q=HARBOUR-2026")
    assert [finder.title for finder in finders()][:4] == ["Customers", "Invoices", "Subscriptions", "Services"]
    assert "Nothing found" in see.read("/staff/search/?q=nosuchthing")
    assert "Give at least 2 characters" in see.read("/staff/search/?q=x")


def test_a_public_id_leads_straight_to_its_page(busy: Any, portal: Any) -> None:
    see = portal()
    for each in ids(busy):
        if each.split("_")[0] in {"inv", "cus", "txn", "mtr", "sub", "wal"}:
            assert see.staff.get("/staff/search/", {"q": each}).headers["Location"] == page_of(each)
