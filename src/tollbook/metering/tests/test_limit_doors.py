"""Limits and held units over the API and on the pages of a subscription."""

from typing import Any

import pytest

from tollbook.api.tests.conftest import Caller, admin, customer_key, staff_key
from tollbook.customers.tests.people import reader, text
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.metering.models import UsageBatch, UsageEvent, UsageHold
from tollbook.site.tests.world import Party, World

__all__ = ["admin"]  # fixture

MAY = {"period_start": "2026-05-01T00:00:00Z", "period_end": "2026-06-01T00:00:00Z"}


@pytest.fixture
def acme(world: World) -> Party:
    world.meter("sms").meter("air")
    texts = world.metered("sms", "0.05", allowance="80", limit="100")
    world.plan("texts", texts, world.metered("air", "2", allowance="10"))
    return world.customer().buys("texts")


def event(party: Party, id: str, quantity: object) -> dict[str, Any]:
    at = "2026-05-01T08:30:00Z"
    return {"id": id, "customer": party.row.public_id, "meter": "sms", "quantity": str(quantity), "at": at}


def test_a_batch_tells_of_each_event_and_one_alone_is_refused(acme: Party, admin: Caller) -> None:
    answer = admin.post("/usage", {"events": [event(acme, "a", 97), event(acme, "b", 4), event(acme, "c", 3)]})
    message = (
        "meter sms: 4 sms would go above the limit of 100: 97 used, 3 left until the period ends at "
        "2026-06-01T00:00:00+00:00"
    )
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "accepted": 2,
            "repeated": 0,
            "conflicting": 0,
            "refused": 1,
            "results": [
                {"source": "api", "id": "a", "result": "accepted"},
                {"source": "api", "id": "b", "result": "refused", "code": "limit_reached", "message": message},
                {"source": "api", "id": "c", "result": "accepted"},
            ],
        },
    )
    batches = UsageBatch.objects.count()
    alone = admin.post("/usage", event(acme, "d", 1))
    assert (alone.status_code, alone.json()["code"], alone.json()["details"]["left"]) == (409, "limit_reached", "0")
    assert (UsageBatch.objects.count(), UsageEvent.objects.count()) == (batches, 2)
    assert admin.post("/usage", event(acme, "c", 3)).json()["results"][0]["result"] == "repeated"
    one = admin.post("/usage", {"events": [event(acme, "d", 1)]})
    assert (one.status_code, one.json()["refused"]) == (200, 1)


def test_units_are_held_captured_and_released(acme: Party, admin: Caller, world: World) -> None:
    wanted = {"customer": acme.row.public_id, "meter": "sms", "quantity": "60", "expires_at": "2026-05-01T01:00:00Z"}
    made = admin.post("/usage/holds", wanted, key="call-1")
    assert made.status_code == 201
    found = made.json()
    assert {name: found[name] for name in ("state", "quantity", "captured", "meter", "subscription", "at")} == {
        "state": "open", "quantity": "60", "captured": "0", "meter": "sms", "subscription": None,
        "at": "2026-05-01T00:00:00Z",
    }  # fmt: skip
    assert admin.post("/usage/holds", wanted, key="call-1").json() == found
    refused = admin.post("/usage/holds", {**wanted, "quantity": "41"})
    assert (refused.status_code, refused.json()["code"], refused.json()["details"]["held"]) == (
        409, "limit_reached", "60",
    )  # fmt: skip
    path = f"/usage/holds/{found['id']}"
    assert admin.post(f"{path}/capture", {"quantity": "61"}).json()["code"] == "more_than_held"
    taken = admin.post(f"{path}/capture", {"quantity": "12.5"}).json()
    assert (taken["state"], taken["captured"]) == ("captured", "12.5")
    assert admin.post(f"{path}/release", {}).json()["code"] == "hold_closed"
    other = admin.post("/usage/holds", {**wanted, "quantity": "87.5"}).json()
    freed = admin.post(f"/usage/holds/{other['id']}/release", {"reason": "not sent"})
    assert (freed.status_code, freed.json()["state"]) == (200, "released")
    noted = AuditEntry.objects.filter(verb="usage_hold.release").values_list("subject", "detail")
    assert list(noted) == [(other["id"], {"reason": "not sent"})]
    last = admin.post("/usage/holds", {**wanted, "quantity": "1"}).json()["id"]
    world.on("2026-05-01 01:00")
    assert admin.get(f"/usage/holds/{last}").json()["state"] == "expired"
    assert [(e.source, e.event_id) for e in UsageEvent.objects.all()] == [("usage-hold", found["id"])]


def test_who_may_hold_and_who_may_look(acme: Party, admin: Caller, world: World) -> None:
    wanted = {"customer": acme.row.public_id, "meter": "sms", "quantity": "1"}
    made = admin.post("/usage/holds", wanted).json()["id"]
    stranger, mine = customer_key(world.customer("bolt").row.pk), customer_key(acme.row.pk)
    for caller in (mine, stranger, staff_key(StaffRole.SUPPORT)):
        assert caller.post("/usage/holds", wanted).status_code == 403
        assert caller.post(f"/usage/holds/{made}/capture", {}).status_code == 403
    subscription = acme.subscriptions["texts"].public_id
    assert [mine.get(f"/usage/holds/{made}").status_code, mine.get(f"/subscriptions/{subscription}/limits").status_code,
            stranger.get(f"/usage/holds/{made}").status_code,
            stranger.get(f"/subscriptions/{subscription}/limits").status_code] == [200, 200, 404, 404]  # fmt: skip
    assert UsageHold.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"quantity": 0.5}, "float_refused"),
        ({"quantity": "0"}, "quantity_not_positive"),
        ({"meter": "fax"}, "meter_not_found"),
        ({"dimensions": {"country": "a\0"}}, "text_nul"),
        ({"customer": "cus_x"}, "bad_id"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
def test_bad_holds_have_their_code(acme: Party, admin: Caller, given: Any, code: str) -> None:
    answer = admin.post("/usage/holds", {"customer": acme.row.public_id, "meter": "sms", "quantity": "1", **given})
    found = answer.json()
    assert answer.status_code in (409, 422)
    assert code in [found["code"], *(problem["code"] for problem in found.get("problems", ()))], found
    assert not UsageHold.objects.exists()


def test_what_is_left_is_told_everywhere(acme: Party, admin: Caller, world: World, portal: Any) -> None:
    acme.uses("sms", 70).uses("air", 12)
    held = {"customer": acme.row.public_id, "meter": "sms", "quantity": "5"}
    admin.post("/usage/holds", held)
    path = f"/subscriptions/{acme.subscriptions['texts'].public_id}"
    rows = admin.get(f"{path}/limits").json()["data"]
    keys = ("meter", "included", "limit", "used", "held", "left", "at_limit", "period_start", "period_end")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("air", "10", None, "12", "0", "0", "charge", *MAY.values()),
        ("sms", "80", "100", "70", "5", "25", "refuse", *MAY.values()),
    ]  # fmt: skip
    page = text(reader(acme.row), f"/portal{path}/")
    for said in (
        "Included in this period", "70 of 100 sms used", "Stops at the limit; 80 are included.", "5 reserved",
        "25 left", "12 of 10 air used", "What is used above is charged.", "0 left",
        "It stops at the limit of 100 sms in a period: more is refused.",
    ):  # fmt: skip
        assert said in page
    staff = portal().read(f"/staff{path}/")
    assert "Included in the running period" in staff and "charged above" in staff and "stops" in staff
    words = admin.get(f"/plans/{world.plans['texts'].plan.public_id}/prices").json()["data"]
    assert {price["meter"]: price["terms"].get("limit") for price in words} == {"sms": "100", "air": None}
    world.plan("plain", world.metered("sms"))
    acme.buys("plain", key="plain")
    assert admin.get(f"/subscriptions/{acme.subscriptions['plain'].public_id}/limits").json() == {"data": []}
    plain = f"/subscriptions/{acme.subscriptions['plain'].public_id}/"
    assert "Included in" not in text(reader(acme.row), f"/portal{plain}")
