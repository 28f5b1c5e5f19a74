"""Staff change a plan, end a subscription and take an end back on its page: what it brings is shown first."""

from typing import Any

import pytest

from tollbook.identity.models import AuditEntry, User
from tollbook.site.tests.world import World
from tollbook.subscriptions.models import Phase


@pytest.fixture
def see(world: World, portal: Any) -> Any:
    world.plan("small", world.monthly("31", in_advance=True))
    world.plan("large", world.monthly("62", in_advance=True))
    acme = world.customer("acme", zone="Europe/Berlin").buys("small", "2026-05-01")
    world.charge()
    world.on("2026-05-16")
    found = portal(acme.row)
    User.objects.filter(email="ada@harbour.example").update(staff_role="billing")
    found.sub = acme.subscriptions["small"]
    found.page = f"/staff/subscriptions/{found.sub.public_id}/change/"
    found.large = world.plan("large", world.monthly("62", in_advance=True), valid_from="2026-05-02").plan.public_id
    return found


def posted(see: Any, **given: str) -> str:
    response = see.staff.post(see.page, given)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_change_is_shown_and_then_made_once(see: Any) -> None:
    told = posted(see, what=see.large, at="2026-05-17T00:00", reason="grows")
    assert "from 17 May 2026 at 00:00 (Europe/Berlin)" in told
    assert "-15.00" in told and "30.00" in told
    assert Phase.objects.count() == 1
    given = {"what": see.large, "at": "2026-05-17T00:00", "reason": "grows", "confirmed": "yes", "key": "k"}
    for _ in range(2):
        response = see.staff.post(see.page, given)
        assert response.headers["Location"] == f"/staff/subscriptions/{see.sub.public_id}/"
    assert [p.version.plan.code for p in Phase.objects.order_by("pk")] == ["small", "large"]
    entry = AuditEntry.objects.filter(verb="subscription.change").first()
    assert entry and entry.detail == {"at": "2026-05-16T22:00:00+00:00", "plan": see.large, "reason": "grows"}


def test_an_end_and_taking_it_back(see: Any) -> None:
    assert "-11.36" in posted(see, what="end", at="2026-06-20T00:00")
    see.staff.post(see.page, {"what": "end", "at": "2026-06-20T00:00", "confirmed": "yes", "key": "k"})
    see.sub.refresh_from_db()
    assert see.sub.ended_at is not None
    assert "it goes on as if no end had been said" in posted(see, what="keep")
    see.staff.post(see.page, {"what": "keep", "confirmed": "yes", "key": "l"})
    see.sub.refresh_from_db()
    assert see.sub.ended_at is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"what": "pln_none"}, "choose one of the list"),
        ({"what": "end", "at": "soon"}, "give a day and an hour such as 2026-06-01T00:00"),
        ({"what": "end", "at": "2026-04-01T00:00"}, "is not after"),
        ({"what": "keep"}, ""),
        ({}, "choose one of the list"),
    ],
)
@pytest.mark.parametrize("confirmed", ["", "yes"])
def test_what_is_wrong_is_told_and_changes_nothing(see: Any, given: dict[str, str], told: str, confirmed: str) -> None:
    response = see.staff.post(see.page, {**given, "confirmed": confirmed, "key": "k"})
    if given != {"what": "keep"} or confirmed:
        assert response.status_code == 200 and told in response.content.decode()
    assert Phase.objects.count() == 1
    see.sub.refresh_from_db()
    assert (see.sub.ended_at, AuditEntry.objects.filter(verb__startswith="subscription.").count()) == (None, 0)


def test_who_may_open_it(see: Any) -> None:
    assert see.seen_by(see.page) == (200, 404, "/account/login/")
    User.objects.filter(email="ada@harbour.example").update(staff_role="viewer")
    assert see.staff.get(see.page).status_code == 404
