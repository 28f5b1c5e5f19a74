"""A draft is published within the limits of its brand, or with a reason by who may give one."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tollbook.catalog import drafts
from tollbook.catalog.actions import price_book
from tollbook.catalog.editing import By
from tollbook.catalog.models import Draft, PlanVersion
from tollbook.catalog.settings import MAX_VARIANCE
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.models import User
from tollbook.kernel.errors import Refused
from tollbook.simulation.actions import fill, finish
from tollbook.simulation.gates import may_roll_out
from tollbook.simulation.models import Override, Simulation
from tollbook.simulation.publishing import Affected, affected, publish, simulate_draft
from tollbook.site.tests.world import World

CARA = By("cara@harbour.example", "staff")


def raised(world: World, amount: str, scope: str, limit: str = "10") -> Draft:
    """June: acme paid 49 in May; the draft asks for `amount`, and the brand allows `limit` percent."""
    version = world.plan("cloud", world.monthly("49"))
    world.customer().buys("cloud")
    world.on("2026-06-02").close()
    set_value(MAX_VARIANCE, limit, level=Level.BRAND, scope_id=world.brand.public_id)
    draft = drafts.begin(version.plan, by=CARA)
    drafts.schedule(draft.public_id, 1, valid_from=None, scope=scope, by=CARA)
    return drafts.set_amounts(draft.public_id, 2, {("fee", price_book(world.brand, "EUR")): Decimal(amount)}, by=CARA)


def simulated(draft: Draft) -> Simulation:
    made = simulate_draft(Draft.objects.select_related("plan__product__brand").get(pk=draft.pk), by=CARA, queue=False)
    after: int | None = 0
    while after is not None:
        after = fill(made.pk, after)
    finish(made.pk)
    return made


def code_of(draft: Draft, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        publish(draft.public_id, draft.revision, by=CARA, **more)
    assert PlanVersion.objects.count() == 1
    return refused.value.code


@pytest.mark.parametrize("scope", ["now", "renewal"])
def test_for_everybody_it_is_simulated_first_and_within_the_limit(world: World, scope: str) -> None:
    draft = raised(world, "53.90", scope)
    assert affected(draft) == Affected(1, 1, 0)
    assert code_of(draft) == "not_simulated"
    simulated(draft)
    version = publish(draft.public_id, draft.revision, by=CARA)
    assert version.number == 2
    may_roll_out(version)  # what was tried as a draft need not be tried again


def test_above_the_limit_it_is_refused_and_counts_with_a_reason(world: World) -> None:
    draft = raised(world, "53.91", "now")
    simulated(draft)
    assert code_of(draft) == "variance_too_high"
    version = publish(draft.public_id, draft.revision, reason="Agreed with all of them.", by=CARA)
    assert Override.objects.get().version == version
    may_roll_out(version)


def test_other_prices_than_were_tried_do_not_count(world: World) -> None:
    draft = raised(world, "50", "now")
    simulated(draft)
    book = price_book(world.brand, "EUR")
    draft = drafts.set_amounts(draft.public_id, 3, {("fee", book): Decimal("51")}, by=CARA)
    assert code_of(draft) == "not_simulated"


def test_for_new_customers_no_limit_holds(world: World) -> None:
    draft = raised(world, "99", "new")
    assert affected(draft) == Affected(0, 0, 1)
    assert publish(draft.public_id, draft.revision, by=CARA).number == 2


def test_who_has_no_price_in_the_draft_stays(world: World) -> None:
    draft = raised(world, "50", "now")
    world.brand.currency = "USD"
    book = price_book(world.brand, "USD")
    draft = drafts.set_amounts(draft.public_id, 3, {("fee", book): Decimal(55)}, by=CARA)
    draft = drafts.set_amounts(draft.public_id, 4, {("fee", price_book(world.brand, "EUR")): None}, by=CARA)
    assert affected(draft) == Affected(0, 0, 1)


@pytest.mark.parametrize(
    ("role", "sees", "overrides"),
    [("catalogue", 200, False), ("approver", 200, True), ("administrator", 200, True), ("billing", 404, False)],
)
def test_the_page_publishes_and_only_who_approves_overrides(
    world: World, role: str, sees: int, overrides: bool
) -> None:
    draft = raised(world, "60", "now")
    simulated(draft)
    see = Client()
    see.force_login(User.objects.create_user(f"{role}@harbour.example", name="Cara", staff_role=role))
    here = f"/staff/products/drafts/{draft.public_id}/publish/"
    page = see.get(here)
    assert page.status_code == sees
    if sees == 200:
        text = page.content.decode()
        assert "1 subscription of 1 customers come to it at once." in text
        assert ["It is held back" in text, "Why it counts above the limit" in text] == [True, overrides]
    post = {"act": "publish", "revision": str(draft.revision)}
    see.post(here, post)
    assert PlanVersion.objects.count() == 1
    see.post(here, {**post, "reason": "Agreed."})
    assert [PlanVersion.objects.count(), Override.objects.count()] == ([2, 1] if overrides else [1, 0])
