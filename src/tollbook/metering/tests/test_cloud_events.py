"""Usage as CloudEvents 1.0: the same events, counted once whichever way they come."""

import json
from typing import Any

import pytest

from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.identity.models import StaffRole
from tollbook.metering.models import UsageEvent
from tollbook.site.tests.world import World

ONE, SEVERAL = "application/cloudevents+json", "application/cloudevents-batch+json"
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "gateway",
    "type": "sms",
    "time": "2026-05-01T08:30:00Z",
    "data": {"quantity": "1.50", "dimensions": {"country": "de"}, "resource": "srv-1"},
}


@pytest.fixture
def caller(world: World) -> Caller:
    world.meter("sms", "sum", "country")
    return customer_key(world.customer("acme").row.pk)


def send(caller: Caller, body: object, kind: str = ONE) -> Any:
    return caller.send("POST", "/usage", json.dumps(body), content_type=kind)


def test_one_and_a_batch(caller: Caller) -> None:
    first = send(caller, EVENT)
    assert (first.status_code, first.json()["accepted"]) == (200, 1), first.content
    plain = {
        "id": "e1", "source": "gateway", "meter": "sms", "quantity": "1.5", "at": EVENT["time"],
        "dimensions": {"country": "de"}, "resource": "srv-1",
    }  # fmt: skip
    assert caller.post("/usage", plain).json()["repeated"] == 1
    batch = send(
        caller, [EVENT, {**EVENT, "id": "e2", "data": {}}, {**EVENT, "id": "e3", "traceparent": "00-1"}], SEVERAL
    )
    assert [r["result"] for r in batch.json()["results"]] == ["repeated", "accepted", "accepted"]
    rows = UsageEvent.objects.order_by("event_id").values_list("event_id", "quantity", "source", "resource")
    assert [(i, str(q.normalize()), s, r) for i, q, s, r in rows] == [
        ("e1", "1.5", "gateway", "srv-1"),
        ("e2", "1", "gateway", ""),
        ("e3", "1.5", "gateway", "srv-1"),
    ]


def test_staff_name_the_customer_as_the_subject(world: World) -> None:
    world.meter("sms")
    acme = world.customer("acme").row
    admin = staff_key(StaffRole.ADMINISTRATOR)
    assert send(admin, {**EVENT, "subject": acme.public_id}).json()["accepted"] == 1
    refused = send(admin, {**EVENT, "subject": "cus_none"}).json()
    assert [(p["field"], p["code"]) for p in refused["problems"]] == [("subject", "customer_not_found")]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"specversion": "0.3"}, "specversion", "version_unknown"),
        ({"specversion": None}, "specversion", "version_unknown"),
        ({"type": ""}, "type", "text_empty"),
        ({"type": "unknown"}, "type", "meter_not_found"),
        ({"time": "yesterday"}, "time", "not_a_datetime"),
        ({"time": "2026-05-01T00:00:00"}, "time", "naive_datetime"),
        ({"id": 7}, "id", "text_wrong"),
        ({"data": "x"}, "data", "not_an_object"),
        ({"data": {"quantity": 0.1}}, "data.quantity", "float_refused"),
        ({"data": {"quantity": "-1"}}, "data.quantity", "negative_refused"),
        ({"data": {"meter": "sms"}}, "'data.meter'", "unknown_field"),
        ({"data": {"dimensions": {"a": 1}}}, "data.dimensions.a", "text_wrong"),
        ({"datacontenttype": "text/xml"}, "datacontenttype", "not_json"),
        ({"Bad-Name": "x"}, "'Bad-Name'", "unknown_field"),
        ({"data_base64": "eA=="}, "'data_base64'", "unknown_field"),
    ],
)
def test_what_is_wrong_is_told_in_its_own_words(caller: Caller, change: dict[str, Any], field: str, code: str) -> None:
    refused = send(caller, {**EVENT, **change})
    assert refused.status_code == 422, refused.content
    assert [(p["row"], p["field"], p["code"]) for p in refused.json()["problems"]] == [(1, field, code)]
    assert UsageEvent.objects.count() == 0


def test_a_batch_is_stored_all_or_not_at_all(caller: Caller) -> None:
    refused = send(caller, [EVENT, {**EVENT, "id": ""}, 7, {}], SEVERAL).json()
    assert {problem["row"] for problem in refused["problems"]} == {2, 3, 4}
    assert UsageEvent.objects.count() == 0
    for body, code in (([], "batch_empty"), ([EVENT] * 1001, "batch_too_large"), (EVENT, "not_a_list")):
        assert [p["code"] for p in send(caller, body, SEVERAL).json()["problems"]] == [code]
    assert send(caller, [EVENT]).json()["problems"][0]["code"] == "not_an_object"


def test_other_kinds_are_refused(caller: Caller) -> None:
    refused = send(caller, EVENT, "application/cloudevents+avro")
    assert (refused.status_code, refused.json()["code"]) == (415, "not_json")
    assert caller.send("POST", "/customers", "{}", content_type=ONE).status_code == 403
