"""Changes and ends of subscriptions over the API."""

from typing import Any

from tollbook.api.tests.conftest import Caller
from tollbook.identity.models import AuditEntry
from tollbook.site.tests.world import World
from tollbook.subscriptions.models import Phase


def test_a_plan_is_changed_and_ended_and_previewed(world: World, admin: Caller) -> None:
    world.meter("sms")
    world.plan("small", world.monthly("31", "a", in_advance=True), world.metered("sms", "1", "x"))
    world.plan("large", world.once("7"), world.monthly("62", "b", in_advance=True), world.metered("sms", "2", "y"))
    acme = world.customer().buys("small").uses("sms", 5, "2026-05-03").uses("sms", 3, "2026-05-18")
    world.charge()
    world.on("2026-05-16")
    name, large = acme.subscriptions["small"].public_id, world.plans["large"].plan.public_id
    path, body = f"/subscriptions/{name}", {"plan": large}
    seen = admin.post(f"{path}/change/preview", body, key="").json()
    assert seen["total"] == {"amount": "28.00", "currency": "EUR"}
    assert [(line["plan"], line["amount"]["amount"]) for line in seen["lines"]] == [
        ("Small", "-16.00"), ("Small", "5.00"), ("Large", "32.00"), ("Large", "7.00"),
    ]  # fmt: skip
    assert Phase.objects.count() == 1
    changed = admin.post(f"{path}/change", body, key="c1").json()
    assert (changed["plan"], admin.post(f"{path}/change", body, key="c1").json()) == (large, changed)
    phases: Any = admin.get(f"{path}/phases").json()
    assert [(phase["name"], phase["ends_at"]) for phase in phases] == [
        ("Small: Small", "2026-05-16T00:00:00Z"), ("Large: Large", None),
    ]  # fmt: skip
    again = admin.post(f"{path}/change", body, key="c2")
    assert (again.status_code, again.json()["code"]) == (409, "same_plan")
    world.charge()
    end = {"at": "2026-05-24T00:00:00Z"}
    assert admin.post(f"{path}/end/preview", end, key="").json()["total"]["amount"] == "-10.00"
    assert admin.post(f"{path}/end", end, key="e1").json()["ended_at"] == "2026-05-24T00:00:00Z"
    assert admin.post(f"{path}/end", end, key="e2").json()["code"] == "invalid_transition"
    assert admin.post(f"{path}/keep-on", {}, key="k1").json()["ended_at"] is None
    assert admin.post(f"{path}/keep-on", {}, key="k2").json()["code"] == "no_end"
    for missing in ("/subscriptions/sub_none/change", "/subscriptions/sub_none/change/preview"):
        assert admin.post(missing, body, key="n").json()["code"] == "subscription_not_found"
    unknown = {"plan": "pln_aaaaaaaaaaaaaaaaaaaaaaaa"}
    assert admin.post(f"{path}/change", unknown, key="u").json()["code"] == "plan_not_found"
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert [verb for verb in verbs if verb.startswith("subscription.")] == [
        "subscription.change", "subscription.end", "subscription.keep_on",
    ]  # fmt: skip
    world.charge()
