"""Corrections over the API and on the page of an event: who may, what is refused, what is said afterwards."""

from typing import Any

import pytest

from tollbook.api.tests.conftest import Caller, admin, customer_key, staff_key
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.money import plain
from tollbook.metering.models import UsageCorrection, UsageHour
from tollbook.metering.tests.corrected import acme
from tollbook.site.tests.world import Party

__all__ = ["acme", "admin"]  # fixtures


def test_the_api_corrects_a_batch(acme: Party, admin: Caller) -> None:
    acme.uses("sms", 5, "2026-05-02", id="a").uses("sms", 6, "2026-05-02", id="b").uses("sms", 7, "2026-05-02", id="c")
    of = acme.row.public_id
    one = {"customer": of, "source": "test", "id": "a", "reason": "why"}
    new = {"id": "b-2", "meter": "sms", "quantity": "1.5", "at": "2026-05-02T10:00:00Z"}
    answer = admin.post("/usage/corrections", {"corrections": [one, {**one, "id": "b", "replacement": new}, one,
                                                               {**one, "reason": "other"}]})  # fmt: skip
    assert answer.status_code == 200, answer.json()
    assert answer.json() == {
        "corrected": 2,
        "repeated": 1,
        "conflicting": 1,
        "results": [
            {"source": "test", "id": id, "result": result}
            for id, result in (("a", "corrected"), ("b", "corrected"), ("a", "repeated"), ("a", "conflict"))
        ],
    }
    assert [plain(h.total) for h in UsageHour.objects.order_by("hour")] == ["7", "1.5"]
    assert [c.actor.partition(" ")[0] for c in UsageCorrection.objects.all()] == 2 * ["administrator@harbour.example"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"id": ""}, "id", "text_empty"),
        ({"reason": None}, "reason", "text_wrong"),
        ({"reason": "r" * 161}, "reason", "text_too_long"),
        ({"colour": "red"}, "'colour'", "unknown_field"),
        ({"replacement": 7}, "replacement", "not_an_object"),
        ({"replacement": {"id": "n", "meter": "sms", "quantity": 0.5, "at": "2026-05-02T10:00:00Z"}},
         "replacement.quantity", "float_refused"),
        ({"replacement": {"id": "n", "meter": "sms", "quantity": 1, "at": "2026-05-02T10:00:00Z", "source": "x"}},
         "replacement.source", "unknown_field"),
    ],
)  # fmt: skip
def test_a_faulty_correction_refuses_the_batch(acme: Party, admin: Caller, changes: Any, field: str, code: str) -> None:
    acme.uses("sms", 5, "2026-05-02", id="a").uses("sms", 5, "2026-05-02", id="b")
    good = {"customer": acme.row.public_id, "source": "test", "id": "a", "reason": "why"}
    answer = admin.post("/usage/corrections", {"corrections": [good, {**good, "id": "b", **changes}]})
    assert answer.status_code == 422
    assert [(p["row"], p["field"], p["code"]) for p in answer.json()["problems"]] == [(2, field, code)]
    assert UsageCorrection.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [([], "not_an_object"), ({}, "not_a_list"), ({"corrections": []}, "batch_empty"), ({"corrections": [7]}, "not_an_object"),
     ({"corrections": 1001 * [{}]}, "batch_too_large"), ({"corrections": [], "x": 1}, "unknown_field")],
)  # fmt: skip
def test_a_body_that_is_no_batch_of_corrections(acme: Party, admin: Caller, body: Any, code: str) -> None:
    answer = admin.post("/usage/corrections", body)
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (422, code)


def test_only_staff_who_bill_correct_over_the_api(acme: Party) -> None:
    acme.uses("sms", 5, "2026-05-02", id="a")
    body = {"corrections": [{"customer": acme.row.public_id, "source": "test", "id": "a", "reason": "why"}]}
    for caller, code in ((customer_key(acme.row.pk), "staff_only"), (staff_key(StaffRole.SUPPORT), "role_missing")):
        answer = caller.post("/usage/corrections", body)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert staff_key(StaffRole.BILLING).post("/usage/corrections", body).json()["corrected"] == 1


def test_staff_cancel_an_event_on_its_page(acme: Party, portal: Any) -> None:
    acme.uses("sms", 5, "2026-05-02", id="a/b ä").uses("sms", 6, "2026-05-02", id="c")
    see = portal(acme.row)
    page = f"/staff/events/{acme.row.public_id}/?source=test&id=a%2Fb+%C3%A4"
    act = page.replace("/?", "/cancel/?")
    assert "Counts yes" in see.read(page) and "Cancel this event" not in see.read(page)
    assert see.staff.post(act, {"reason": "why"}).status_code == 404  # a viewer only reads
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.BILLING)
    assert "Cancel this event" in see.read(page)
    assert see.staff.get(act).status_code == 405
    assert see.owner.post(act, {"reason": "why"}).status_code == 404
    assert "reason is empty" in see.staff.post(act, {"reason": " "}).content.decode()
    assert UsageCorrection.objects.count() == 0
    done = see.staff.post(act, {"reason": "a test of ours"})
    assert (done.status_code, done.headers["Location"]) == (302, page)
    (made,) = UsageCorrection.objects.all()
    assert (made.event_id, made.actor, made.reason) == ("a/b ä", "ada@harbour.example", "a test of ours")
    text = see.read(page)
    assert "Counts no" in text and "Because a test of ours" in text and "Cancel this event" not in text
    assert "cancelled" in see.read("/staff/events/") and "1-1 of 1" in see.read("/staff/events/?state=gone")
    assert see.staff.get(page.replace("id=a", "id=z")).status_code == 404
