"""API keys in the portal: shown once, no more than the maker may give, ended at once, and nobody else's."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tollbook.customers.keys import scopes_for
from tollbook.customers.models import Membership
from tollbook.customers.tests.people import same_as_missing, text
from tollbook.identity.actions import create_key
from tollbook.identity.models import ApiKey, AuditEntry
from tollbook.identity.tests.people import PASSWORD, logged_in, person
from tollbook.kernel.ids import new_id

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"tbk_live_[a-z2-7]{24}_[a-z2-7]{52}_[0-9a-f]{8}")


@pytest.fixture
def acme(world: Any) -> Any:
    return world.customer("acme", zone="Europe/Dublin").row


def member(customer: Any, role: str) -> Client:
    user = person(f"{role}@{customer.name.lower()}.example")
    Membership.objects.create(customer=customer, user=user, role=role)
    return logged_in(user)


def given(**how: Any) -> dict[str, Any]:
    return {"name": "Usage of Hamburg", "scopes": ["usage:write"], "once": new_id("key"), **how}


def test_a_key_is_shown_once_and_works(acme: Any) -> None:
    owner = member(acme, "owner")
    answer = owner.post("/portal/keys/add/", given(addresses="192.0.2.0/24, 127.0.0.1", last="2026-05-31"))
    found = TOKEN.search(answer.content.decode())
    assert found is not None
    assert "no-store" in answer.headers["Cache-Control"]
    key = ApiKey.objects.get()
    assert (key.customer_id, key.scopes, key.addresses) == (acme.pk, ["usage:write"], ["127.0.0.1/32", "192.0.2.0/24"])
    # The last day ends by the customer's clock.
    assert key.expires_at == datetime(2026, 5, 31, 23, tzinfo=UTC)
    page = text(owner, "/portal/keys/")
    assert [TOKEN.search(page), key.prefix in page, "192.0.2.0/24" in page, "never used" in page] == [
        None, True, True, True,
    ]  # fmt: skip
    entry = AuditEntry.objects.get(verb="key.create")
    assert (entry.actor, entry.door, entry.customer_id) == ("owner@acme.example", "portal", acme.pk)
    asked = Client().get("/api/v1/keys", headers={"Authorization": f"Bearer {found[0]}"})
    assert (asked.status_code, asked.json()["code"]) == (403, "scope_missing")


def test_a_form_that_is_sent_twice_makes_one_key(acme: Any) -> None:
    owner, form = member(acme, "owner"), given()
    assert TOKEN.search(owner.post("/portal/keys/add/", form).content.decode())
    again = owner.post("/portal/keys/add/", form, follow=True).content.decode()
    assert [TOKEN.search(again), "has made a key already" in again, ApiKey.objects.count()] == [None, True, 1]


@pytest.mark.parametrize(
    ("role", "how", "told"),
    [
        ("owner", {"scopes": []}, "a key needs at least one scope"),
        ("owner", {"scopes": ["stripe:write"]}, "does not let you give these"),
        ("owner", {"scopes": ["*:write"]}, "does not let you give these"),
        ("owner", {"name": " "}, "name"),
        ("owner", {"addresses": "192.0.2.7/24"}, "give up to 50 addresses or networks"),
        ("owner", {"last": "2026-04-01"}, "give an instant after"),
        ("owner", {"last": "31.5.2026"}, "give a day such as"),
        ("owner", {"once": "key_1"}, "is not an id of this kind"),
        ("technical", {"scopes": ["keys:write"]}, "does not let you give these"),
        ("technical", {"scopes": ["usage:write", "payments:write"]}, "scopes payments:write: your part"),
    ],
)
def test_what_is_refused(acme: Any, role: str, how: dict[str, Any], told: str) -> None:
    page = member(acme, role).post("/portal/keys/add/", given(**how), follow=True).content.decode()
    assert [told in page, ApiKey.objects.count(), AuditEntry.objects.filter(verb="key.create").count()] == [True, 0, 0]


def test_what_each_part_may_give_away() -> None:
    every = {"keys:write", "keys:read", "usage:write", "services:write", "payments:write", "wallets:read"}
    assert scopes_for("owner", every) == sorted(every)
    assert scopes_for("technical", every) == ["keys:read", "services:write", "usage:write", "wallets:read"]
    assert [scopes_for(role, every) for role in ("billing", "read_only")] == [[], []]


def test_a_key_is_revoked_after_a_question(acme: Any) -> None:
    technical = member(acme, "technical")
    made = create_key("Old", scopes=["usage:write"], customer_id=acme.pk)
    address = f"/portal/keys/{made.key.public_id}/revoke/"
    assert "Programs that use it are refused at once" in text(technical, address)
    assert ApiKey.objects.get().revoked_at is None
    done = technical.post(address, follow=True).content.decode()
    assert ["Old works no more." in done, ApiKey.objects.get().revoked_at is not None] == [True, True]
    assert "It works no more." in text(technical, address)
    assert AuditEntry.objects.get(verb="key.revoke").actor == "technical@acme.example"


def test_only_who_keeps_keys_and_only_ones_own(acme: Any, world: Any) -> None:
    other = world.customer("bolt").row
    foreign = create_key("Secret of Bolt", scopes=["usage:write"], customer_id=other.pk)
    owner = member(acme, "owner")
    assert "Secret of Bolt" not in text(owner, "/portal/keys/")
    address = f"/portal/keys/{foreign.key.public_id}/revoke/"
    assert same_as_missing(owner, address, f"/portal/keys/{new_id('key')}/revoke/")
    assert owner.post(address).status_code == 404
    for role in ("billing", "read_only"):
        outsider = member(acme, role)
        assert outsider.get("/portal/keys/").status_code == 404
        assert outsider.post("/portal/keys/add/", given()).status_code == 404
    assert (ApiKey.objects.get().revoked_at, ApiKey.objects.count()) == (None, 1)


def test_who_logged_in_long_ago_proves_it_again_first(acme: Any) -> None:
    user = person("olga@acme.example")
    Membership.objects.create(customer=acme, user=user, role="owner")
    mine = create_key("Mine", scopes=["usage:write"], customer_id=acme.pk).key
    client = Client()
    client.force_login(user)
    back = "http://testserver/portal/keys/"
    for address in ("/portal/keys/add/", f"/portal/keys/{mine.public_id}/revoke/"):
        asked = client.post(address, given(), HTTP_REFERER=back)
        assert asked.headers["Location"] == "/account/reauthenticate/?next=%2Fportal%2Fkeys%2F"
    assert (ApiKey.objects.count(), ApiKey.objects.get().revoked_at) == (1, None)
    client.post("/account/reauthenticate/?next=/portal/keys/", {"password": PASSWORD, "next": "/portal/keys/"})
    assert TOKEN.search(client.post("/portal/keys/add/", given()).content.decode())
