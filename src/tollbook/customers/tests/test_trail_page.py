"""The trail of an account for its owner: its own people and keys by name, staff only as the brand, nobody else's."""

from typing import Any

import pytest
from django.db import transaction

from tollbook.customers.tests.people import csv, queries, reader, text
from tollbook.identity.audit import record

pytestmark = pytest.mark.django_db


def noted(customer: Any, verb: str, actor: str, door: str, **detail: str) -> None:
    with transaction.atomic():
        record(verb, "sub_1", actor=actor, door=door, customer_id=customer.pk, detail=detail)


@pytest.fixture
def acme(world: Any) -> Any:
    party = world.customer("acme")
    noted(party.row, "budget.set", "olga@acme.example", "portal", amount="50")
    noted(party.row, "usage.send", "key:key_1", "api", name="=1+1")
    noted(party.row, "invoice.credit", "robin@brightwater.example", "staff", note="looks like fraud")
    noted(party.row, "invoice.void", "robin@brightwater.example (key:key_2)", "api", note="looks like fraud")
    noted(party.row, "dunning.suspend", "system", "system", step="looks like fraud")
    return party


def rows(client: Any, query: str = "") -> list[list[str]]:
    found = csv(client, f"/portal/activity/?sort=at&export=csv{query}")
    return sorted(line.split(",")[1:] for line in found[1:])


def test_who_did_what(acme: Any, world: Any) -> None:
    us = world.brand.name
    owner = reader(acme.row)
    assert rows(owner) == [
        ["budget.set", "sub_1", "olga@acme.example", "portal", "amount: 50"],
        ["dunning.suspend", "sub_1", "by itself", "", ""],
        ["invoice.credit", "sub_1", us, "", ""],
        ["invoice.void", "sub_1", us, "", ""],
        ["usage.send", "sub_1", "key:key_1", "api", "name: =1+1"],
    ]
    page = text(owner, "/portal/activity/")
    assert ["olga@acme.example" in page, "robin" in page, "fraud" in page] == [True, False, False]
    by = [[row[0] for row in rows(owner, f"&by={each}")] for each in ("own", "others", "itself")]
    assert by == [["budget.set", "usage.send"], ["invoice.credit", "invoice.void"], ["dunning.suspend"]]


def test_a_search_tells_nothing_of_what_is_not_shown(acme: Any) -> None:
    owner = reader(acme.row)
    assert [rows(owner, "&q=robin"), rows(owner, "&q=fraud"), rows(owner, "&sort=actor")[0][0]] == [
        [], [], "budget.set",
    ]  # fmt: skip
    assert [row[0] for row in rows(owner, "&q=budget")] == ["budget.set"]


def test_only_owners_and_only_their_own(acme: Any, world: Any) -> None:
    stranger = reader(world.customer("bolt").row)
    assert rows(stranger) == []
    assert "Nothing was done yet" in text(stranger, "/portal/activity/")
    for role in ("billing", "technical", "read_only"):
        assert reader(acme.row, role).get("/portal/activity/").status_code == 404


def test_many_entries_take_as_many_queries_as_few(acme: Any) -> None:
    owner = reader(acme.row)
    few = queries(owner, "/portal/activity/")
    for number in range(30):
        noted(acme.row, "budget.set", f"person{number}@acme.example", "portal")
    assert queries(owner, "/portal/activity/") == few <= 20
