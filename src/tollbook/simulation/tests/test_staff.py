"""What staff ask for and read about simulations."""

from typing import Any

import pytest

from tollbook.features.actions import set_value
from tollbook.identity.models import User
from tollbook.simulation.models import Override, Simulation
from tollbook.simulation.tests.test_limits import simulated, story, work_off
from tollbook.site.tests.world import World


def become(role: str) -> None:
    User.objects.filter(email="ada@harbour.example").update(staff_role=role)


def test_ask_watch_and_read(world: World, portal: Any) -> None:
    version = story(world)
    see = portal()
    form = {"version": version.public_id, "month": "2026-05"}
    # Who only reads gets no form, and its address does not exist for them.
    assert "New simulation" not in see.read("/staff/simulations/")
    assert see.staff.post("/staff/simulations/", form).status_code == 404
    become("catalogue")
    assert "New simulation" in see.read("/staff/simulations/")
    sent = see.staff.post("/staff/simulations/", form)
    made = Simulation.objects.get()
    address = f"/staff/simulations/{made.public_id}/"
    assert (sent.status_code, sent.headers["Location"], made.actor) == (302, address, "ada@harbour.example")
    assert "0 of at most 3 customers are replayed" in see.read(address)
    work_off(made)
    text = see.read(address)
    for told in ("€93.00", "€120.00", "29.03 % of the plan's", "Pay more 3", "20 to 50 %: 3", "1-3 of 3"):
        assert told in text, told
    assert see.read("/staff/simulations/").count("Version 2 2026-05-01 to 2026-05-31 done 3 of at most 3") == 1
    rows = see.csv(address)
    assert [row[:4] for row in rows[1:]] == [[name, "31.00", "40.00", "9.00"] for name in ("Cedar", "Birch", "Acme")]


def test_invoices_side_by_side(world: World, portal: Any) -> None:
    version = story(world)
    simulated(version)
    see, made = portal(), Simulation.objects.get()
    row = made.outcomes.select_related("customer").order_by("pk").first()
    assert row is not None
    text = see.read(f"/staff/simulations/{made.public_id}/customers/{row.customer.public_id}/")
    assert "As charged Net 31.00 + tax 7.13 = 38.13 EUR" in text
    assert "Simulated Net 40.00 + tax 9.20 = 49.20 EUR" in text
    stranger = world.customer("stranger").row.public_id
    assert see.staff.get(f"/staff/simulations/{made.public_id}/customers/{stranger}/").status_code == 404


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"version": "plv_x", "month": "2026-05"}, "version: choose one of the list"),
        ({"month": "May"}, "period 'May': give a month as 2026-05"),
        ({"month": "2026-06"}, "has not come yet; give a period that is over"),
    ],
)
def test_a_wrong_form_says_what_would_be_right(world: World, portal: Any, form: dict[str, str], told: str) -> None:
    version = story(world)
    see = portal()
    become("billing")
    answer = see.staff.post("/staff/simulations/", {"version": version.public_id, **form})
    assert answer.status_code == 200 and told in answer.content.decode().replace("&#x27;", "'")
    assert not Simulation.objects.exists()


def test_a_version_that_is_held_back_is_overridden_with_a_reason(world: World, portal: Any) -> None:
    version = story(world)
    simulated(version)
    set_value("catalog.max_variance_percent", "5")
    see, made = portal(), Simulation.objects.get()
    address = f"/staff/simulations/{made.public_id}/"
    assert "This version is not rolled out" in see.read(address) and "Override the limit" not in see.read(address)
    assert see.staff.post(f"{address}override/", {"reason": "x"}).status_code == 404
    become("approver")
    assert "Override the limit" in see.read(address)
    assert see.staff.get(f"{address}override/").status_code == 405
    assert "reason" in see.staff.post(f"{address}override/", {"reason": " "}).content.decode()
    assert not Override.objects.exists()
    assert see.staff.post(f"{address}override/", {"reason": "Agreed"}).status_code == 302
    text = see.read(address)
    assert "This version is not rolled out" not in text and "Overridden Agreed ada@harbour.example" in text
