"""ETags: nothing is sent twice, nothing is changed over somebody else's change. And what is left of the rate limit."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.test import Client

from tollbook.api.tests.conftest import Caller, staff_key
from tollbook.features.actions import set_value
from tollbook.identity.models import StaffRole
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.models import Wallet

LEVEL = {"threshold": "10.00", "top_up_amount": "50.00"}


def level_path(world: World) -> str:
    return f"/wallets/{open_wallet(world.customer('acme').row, 'EUR').public_id}/level"


def test_what_has_not_changed_is_not_sent_again(world: World, admin: Caller) -> None:
    acme = world.customer("acme").row
    path = f"/customers/{acme.public_id}"
    first = admin.get(path)
    assert first["ETag"].startswith('"') and first["Cache-Control"] == "private, no-cache"
    again = admin.send("GET", path, headers={"If-None-Match": f'"other", W/{first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["X-Request-Id"] and again["RateLimit"]
    acme.name = "Acme Two"
    acme.save()
    changed = admin.send("GET", path, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "Acme Two")
    assert changed["ETag"] != first["ETag"]


def test_lists_have_a_version_too_and_refusals_have_none(world: World, admin: Caller) -> None:
    listed = admin.get("/meters")
    assert admin.send("GET", "/meters", headers={"If-None-Match": listed["ETag"]}).status_code == 304
    assert admin.send("GET", "/meters", headers={"If-None-Match": "*"}).status_code == 304
    refused = admin.send("GET", "/customers/cus_none", headers={"If-None-Match": "*"})
    assert (refused.status_code, refused.has_header("ETag")) == (404, False)
    assert refused["Cache-Control"] == "no-store"


@pytest.mark.parametrize("given", ["x", '"a', '"a" "b"', "W/x", '"a",,', '"' + "a" * 2000 + '"'])
@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
def test_an_etag_that_is_none(world: World, admin: Caller, header: str, given: str) -> None:
    path = level_path(world)
    method, body = ("GET", None) if header == "If-None-Match" else ("PUT", {"at_zero": "refuse"})
    refused = admin.send(method, path, body, headers={header: given})
    assert (refused.status_code, refused.json()["code"]) == (400, "etag_malformed")


def test_a_change_over_another_change_is_refused(world: World, admin: Caller) -> None:
    path = level_path(world)
    read = admin.get(path)
    body = {"at_zero": "refuse"}
    mine = admin.send("PUT", path, {**body, **LEVEL}, headers={"If-Match": read["ETag"]})
    assert mine.status_code == 200, mine.content
    other = admin.send("PUT", path, body, headers={"If-Match": read["ETag"]})
    assert (other.status_code, other.json()["code"]) == (412, "changed_meanwhile")
    now = admin.get(path)
    assert other["ETag"] == now["ETag"]
    assert now.json()["threshold"] == {"amount": "10.00", "currency": "EUR"}
    assert admin.send("PUT", path, body, headers={"If-Match": now["ETag"]}).status_code == 200
    assert admin.send("PUT", path, body, headers={"If-Match": "*"}).status_code == 200
    assert admin.put(path, body).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_the_same_version_one_goes_on(world: World) -> None:
    path, admin = level_path(world), staff_key(StaffRole.ADMINISTRATOR)
    read = admin.get(path)
    wallet = Wallet.objects.get()
    answers: list[int] = []

    def change(amount: str) -> None:
        body = {**LEVEL, "threshold": amount}
        found = Caller(admin.token, Client()).send("PUT", path, body, headers={"If-Match": read["ETag"]})
        answers.append(found.status_code)
        connection.close()

    threads = [threading.Thread(target=change, args=(amount,)) for amount in ("11.00", "12.00")]
    with transaction.atomic():
        # Both have come as far as the row before either can go on.
        Wallet.objects.select_for_update().get(pk=wallet.pk)
        for thread in threads:
            thread.start()
        time.sleep(1.5)
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == [200, 412]


def test_every_answer_says_what_is_left(world: World, admin: Caller) -> None:
    set_value("api.requests_per_minute", 2)
    left = [admin.get("/meters")["RateLimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=1", "r=0", "r=0"]
    refused = admin.get("/meters")
    assert refused["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert refused["RateLimit"] == f'"requests";r=0;t={refused["Retry-After"]}'
    assert not Caller("").get("/meters").has_header("RateLimit")
