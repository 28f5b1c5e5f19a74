"""Services follow the plan of their subscription."""

from collections.abc import Callable
from typing import Any

import pytest

from tollbook.base import clock
from tollbook.identity.models import StaffRole, User
from tollbook.identity.queries import trail
from tollbook.kernel.errors import Refused
from tollbook.provisioning import connections, following, queries
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.schedule import SCHEDULE
from tollbook.provisioning.tests.conftest import Host
from tollbook.subscriptions.changes import change

Make = Callable[..., Host]
BIG = Spec("server", {"cores": 8, "memory": "16 GB"})


@pytest.fixture
def acme(host: Make) -> Host:
    """A server that runs, and a plan "big" that the same console delivers."""
    made = host()
    made.world.plan("big", made.world.monthly("40", in_advance=True))
    connections.deliver(made.world.plans["big"].plan, made.connection, BIG)
    return made.orders().works()


def turns_to(acme: Host, plan: str, on: str, key: str = "c1") -> None:
    at = acme.world.now if on == "now" else acme.world.now.fromisoformat(f"{on}T00:00:00+00:00")
    change(acme.subscription.public_id, acme.world.plans[plan], at, key=key)


def follows(acme: Host) -> int:
    return following.follow_plans(clock.now())


def test_a_change_of_plan_changes_the_service_once(acme: Host) -> None:
    assert follows(acme) == 0
    turns_to(acme, "big", "now")
    assert [follows(acme), follows(acme)] == [1, 0]
    assert acme.told == ["provision done", "change waiting"]
    assert acme.service.spec == Spec("server", {"cores": 2, "memory": "4 GB"})
    acme.works()
    assert (acme.told, acme.service.spec, acme.things) == (["provision done", "change done"], BIG, 1)
    assert (follows(acme), acme.service.unfit, acme.service.plan.code) == (0, "", "big")
    assert [each.verb for each in trail(acme.id)][:2] == ["service.change", "service.follow"]


def test_a_downgrade_at_the_end_of_the_period_waits_for_it(acme: Host) -> None:
    turns_to(acme, "big", "2026-06-01")
    entry = next(each for each in SCHEDULE if each.name == "provisioning.follow")
    assert entry.next_due and entry.next_due() == acme.world.now.fromisoformat("2026-06-01T00:00:00+00:00")
    acme.world.on("2026-05-31 23:59")
    assert follows(acme) == 0
    acme.world.on("2026-06-01")
    assert follows(acme) == 1
    acme.works()
    assert acme.service.spec == BIG


def test_a_planned_change_that_was_replaced_changes_nothing(acme: Host) -> None:
    turns_to(acme, "big", "2026-06-01")
    turns_to(acme, "server", "2026-05-20", "c2")
    acme.world.on("2026-06-02")
    assert (follows(acme), acme.told) == (0, ["provision done"])


def test_there_and_back_before_anybody_began_leaves_it_as_it_is(acme: Host) -> None:
    turns_to(acme, "big", "now")
    follows(acme)
    turns_to(acme, "server", "now", "c2")
    assert follows(acme) == 1
    assert acme.told == ["provision done", "change cancelled", "change waiting"]
    acme.works()
    assert acme.service.spec == Spec("server", {"cores": 2, "memory": "4 GB"})


def test_a_change_goes_on_after_the_other_system_was_away(acme: Host) -> None:
    acme.weather(busy=1)
    turns_to(acme, "big", "now")
    follows(acme)
    acme.works()
    assert acme.told == ["provision done", "change waiting"]
    acme.weather().waits(minutes=5)
    assert (acme.told, acme.service.spec) == (["provision done", "change done"], BIG)


def test_options_are_kept(acme: Host) -> None:
    connections.deliver(acme.world.plans["big"].plan, acme.connection, BIG, asks=["hostname"])
    turns_to(acme, "big", "now")
    follows(acme)
    assert (acme.service.unfit, acme.told) == (
        "plan Big: options: give hostname, not none", ["provision done"],
    )  # fmt: skip


def test_options_that_were_told_once_are_known_again(acme: Host) -> None:
    named = Spec("server", {**acme.service.spec.properties, "hostname": "web1"})
    from tollbook.provisioning import actions

    actions.change(acme.id, named, key="by hand", at=clock.now())
    acme.works()
    turns_to(acme, "big", "now")
    follows(acme)
    acme.works()
    assert acme.service.spec == BIG
    plan = acme.world.plans["server"].plan
    connections.deliver(plan, acme.connection, Spec("server", {"cores": 2, "memory": "4 GB"}), asks=["hostname"])
    turns_to(acme, "server", "now", "c2")
    follows(acme)
    acme.works()
    assert acme.service.spec == named


@pytest.mark.parametrize("how", ["nothing", "elsewhere", "another kind"])
def test_what_cannot_follow_waits_for_people(acme: Host, portal: Any, how: str) -> None:
    plan = acme.world.plan("other", acme.world.monthly("5")).plan
    if how == "elsewhere":
        other = connections.connect(acme.world.brand, "console", "Another", {"name": "other", "keep": True})
        connections.deliver(plan, other, BIG)
    elif how == "another kind":
        connections.deliver(plan, acme.connection, Spec("mailbox", {}))
    turns_to(acme, "other", "now")
    assert [follows(acme), follows(acme)] == [1, 0]
    words = {"nothing": "delivers nothing", "elsewhere": "through Another", "another kind": "mailbox, not server"}
    assert (words[how] in acme.service.unfit, acme.told, acme.service.state) == (True, ["provision done"], "active")
    assert (queries.waits_for_people(), acme.things) == (1, 1)
    see = portal(acme.party.row)
    assert words[how] in see.read("/staff/services/queue/")
    User.objects.filter(email="ada@harbour.example").update(staff_role=StaffRole.SUPPORT)
    see.staff.post(f"/staff/services/{acme.id}/mended/", {})
    assert (acme.service.unfit, queries.waits_for_people()) == ("", 0)
    with pytest.raises(Refused, match="follows its plan already"):
        following.mended(acme.id, actor="a", door="staff")


def test_what_ends_does_not_follow(acme: Host) -> None:
    turns_to(acme, "big", "now")
    acme.ends()
    assert (follows(acme), "change waiting" in acme.told) == (0, False)
