"""Customers change and end subscriptions by themselves: what it brings is shown first, and is what happens."""

import re
from typing import Any

import pytest
from django.test import Client

from tollbook.catalog.actions import plan, price_book, publish
from tollbook.customers.models import Membership
from tollbook.customers.tests.people import reader, same_as_missing, text
from tollbook.features.actions import set_value
from tollbook.identity.queries import trail
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id
from tollbook.orders import changing, offers
from tollbook.orders.drafting import By
from tollbook.orders.settings import CUSTOMERS_CHANGE
from tollbook.site.tests.world import Party, World, instant

pytestmark = pytest.mark.django_db
ADA = By("ada@harbour.example", "staff", people=True)


@pytest.fixture
def acme(world: World) -> Party:
    """A customer on the small plan, paid in advance; the large one is on offer, another product's plan too."""
    book = price_book(world.brand, "EUR")
    for code, amount in (("small", "31"), ("large", "62"), ("hidden", "93")):
        made = plan(world.brand, "server", "Server", code, code.title())
        world.plans[code] = publish(made, book, [world.monthly(amount, in_advance=True)], instant("2026-01-01"))
    world.plan("mail", world.monthly("5"))
    for code in ("small", "large", "mail"):
        offers.offer(world.plans[code].plan, by=ADA)
    return world.customer("acme").buys("small", "2026-05-01")


def page_of(party: Party) -> str:
    return f"/portal/subscriptions/{party.subscriptions['small'].public_id}/change/"


def sends(client: Client, party: Party, what: str, **more: str) -> Any:
    return client.post(page_of(party), {"what": what, "when": "now", "key": "k", **more})


def plan_id(world: World, code: str) -> str:
    return str(world.plans[code].plan.public_id)


def test_what_it_brings_is_shown_and_then_it_happens_once(world: World, acme: Party) -> None:
    world.on("2026-05-01").charge()
    world.on("2026-05-16 12:00")
    owner, large = reader(acme.row), plan_id(world, "large")
    choices = text(owner, page_of(acme))
    assert re.findall(r"Change to (\w+)", choices) == ["Large"]
    shown = sends(owner, acme, large).content.decode()
    # Sixteen of 31 days are left, the day of the change included.
    assert re.findall(r">(-?[\d.]+)\xa0EUR<", shown) == ["-16.00", "32.00", "16.00"]
    assert "In all charged" in shown
    assert [amount for _, _, amount in acme.charges] == ["31"]
    at = world.now.isoformat()
    world.on("2026-05-16 12:10")
    for _ in range(2):
        answer = sends(owner, acme, large, confirmed="yes", at=at)
        assert answer.headers["Location"].endswith(f"{acme.subscriptions['small'].public_id}/")
    acme.subscriptions["small"].refresh_from_db()
    assert acme.subscriptions["small"].phases.count() == 2
    (entry,) = [each for each in trail(acme.subscriptions["small"].public_id) if each.verb == "subscription.change"][:1]
    assert (entry.door, entry.detail) == ("portal", {"at": at, "plan": large})
    world.charge()
    assert sorted(amount for _, _, amount in acme.charges) == ["-16", "31", "32"]


def test_it_ends_with_its_period_and_the_end_is_taken_back(world: World, acme: Party) -> None:
    world.on("2026-05-16")
    owner = reader(acme.row)
    shown = owner.post(page_of(acme), {"what": "end", "when": "period_end", "key": "k"}).content.decode()
    assert "Nothing at once" in shown
    given = {"what": "end", "when": "period_end", "key": "k", "confirmed": "yes", "at": "2026-06-01T00:00:00+00:00"}
    owner.post(page_of(acme), given)
    found = acme.subscriptions["small"]
    found.refresh_from_db()
    assert f"{found.ended_at:%Y-%m-%d}" == "2026-06-01"
    assert "until then the end can be taken back" in text(owner, f"/portal/subscriptions/{found.public_id}/")
    assert "Take the end back" in text(owner, page_of(acme))
    sends(owner, acme, "keep", confirmed="yes")
    found.refresh_from_db()
    assert (found.state, found.ended_at) == ("active", None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"what": "hidden"}, "choose one of the list"),
        ({"what": "keep"}, "choose one of the list"),
        ({"what": ""}, "choose one of the list"),
        ({"what": "end", "when": "tomorrow"}, "now or period_end"),
        ({"what": "end", "at": "2026-05-01T00:00:00+00:00"}, "look again"),
        ({"what": "end", "at": "2027-05-01T00:00:00+00:00"}, "look again"),
        ({"what": "end", "at": "soon"}, "at &#x27;soon&#x27;"),
        ({"what": "end", "confirmed": "yes", "key": ""}, "send the form again"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_happens(world: World, acme: Party, given: dict[str, str], told: str) -> None:
    world.on("2026-05-16")
    given = {**given, "what": plan_id(world, given["what"]) if given["what"] in world.plans else given["what"]}
    answer = reader(acme.row).post(page_of(acme), {"when": "now", "key": "k", **given})
    assert answer.status_code == 200 and told in answer.content.decode()
    found = acme.subscriptions["small"]
    found.refresh_from_db()
    assert (found.ended_at, found.phases.count()) == (None, 1)


def test_who_may_not_has_no_page(world: World, acme: Party) -> None:
    missing = f"/portal/subscriptions/{new_id('sub')}/change/"
    stranger = reader(world.customer("other").row)
    assert same_as_missing(stranger, page_of(acme), missing)
    assert (
        stranger.post(page_of(acme), {"what": "end", "when": "now", "key": "k", "confirmed": "yes"}).status_code == 404
    )
    for role in (Membership.Role.READ_ONLY, Membership.Role.TECHNICAL):
        found = reader(acme.row, role)
        assert found.get(page_of(acme)).status_code in (403, 404)
        assert "Change or end" not in text(found, page_of(acme).removesuffix("change/"))
    owner = reader(acme.row)
    assert "Change or end" in text(owner, page_of(acme).removesuffix("change/"))
    set_value(CUSTOMERS_CHANGE, False)
    assert owner.get(page_of(acme)).status_code == 404
    assert "Change or end" not in text(owner, page_of(acme).removesuffix("change/"))


def test_a_plan_that_is_on_offer_no_more_is_refused(world: World, acme: Party) -> None:
    world.on("2026-05-16")
    with pytest.raises(TollbookError) as refused:
        changing.carry_out(
            acme.subscriptions["small"], plan_id(world, "hidden"), world.now, key="k", actor="", door="portal"
        )
    assert refused.value.code == "plan_not_found"
