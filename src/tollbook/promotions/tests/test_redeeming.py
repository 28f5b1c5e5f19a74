"""Who may redeem what, how often, and what cannot be made."""

from collections.abc import Callable
from typing import Any

import pytest

from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.promotions.actions import withdraw
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.rules import Audience, Stacks
from tollbook.promotions.settings import CODE_PREFIX
from tollbook.promotions.tests.stories import bought, gets, promise, refusal
from tollbook.site.tests.world import World, instant


def test_who_may_redeem_what_and_when(world: World) -> None:
    acme = bought(world)
    world.plan("other", world.monthly("5"))
    acme.buys("other")
    promise(world, "PLAN", plans=[world.plans["other"].plan])
    promise(world, "PRODUCT", products=[world.plans["other"].plan.product])
    promise(world, "YEARLY", months=[12])
    promise(world, "DOLLARS", "amount", "1", currency="USD")
    promise(world, "NEW", audience=Audience.NEW)
    promise(world, "OLD", audience=Audience.EXISTING)
    promise(world, "SOON", valid_from=instant("2026-05-02"))
    promise(world, "OVER", valid_to=instant("2026-05-02"))
    withdraw(promise(world, "GONE").public_id)
    codes = ("PLAN", "PRODUCT", "YEARLY", "DOLLARS", "OLD", "SOON", "GONE", "NOSUCH")
    assert [refusal(acme, code) for code in codes] == [
        "promotion_other_plan", "promotion_other_plan", "promotion_other_months", "promotion_other_currency",
        "promotion_for_existing", "promotion_over", "promotion_over", "promotion_not_found",
    ]  # fmt: skip
    # The second subscription is not a new customer's; the first is, until its first period is over.
    assert refusal(acme, "NEW", "other") == "promotion_for_new"
    assert [gets(acme, code, "other").number for code in ("PLAN", "PRODUCT", "OLD")] == [1, 1, 1]
    assert gets(acme, "OVER").number == 1
    world.on("2026-06-01")
    assert [refusal(acme, "NEW"), gets(acme, "OLD").number, gets(acme, "SOON").number] == ["promotion_for_new", 2, 1]
    other = world.customer("bolt").buys("cloud")
    assert refusal(other, "OVER") == "promotion_over"
    acme.ends("other", "2026-06-02")
    world.on("2026-06-03")
    promise(world, "LAST")
    assert refusal(acme, "LAST", "other") == "subscription_ended"


def test_each_redemption_is_audited_once(world: World) -> None:
    acme = bought(world)
    promise(world, "X")
    made = gets(acme, "X")
    gets(acme, "X")
    (entry,) = AuditEntry.objects.filter(verb="promotion.redeem")
    assert (entry.subject, entry.actor, entry.customer_id) == (
        acme.subscriptions["cloud"].public_id,
        "test",
        acme.row.pk,
    )
    assert entry.detail == {"code": "X", "redemption": made.public_id}


def test_limits_and_the_same_code_again(world: World) -> None:
    world.plan("cloud", world.monthly("1"))
    parties = [world.customer(name) for name in ("ada", "bob", "cyd")]
    promise(world, "TWO", limit_total=2, limit_customer=1, cycles=1)
    ada, bob, cyd = (party.buys("cloud").buys("cloud", key="second") for party in parties)
    first = gets(ada, "TWO")
    assert gets(ada, "two").pk == first.pk
    assert refusal(ada, "TWO", "second") == "promotion_used_up"
    assert (gets(bob, "TWO").number, refusal(cyd, "TWO"), gets(ada, "TWO").pk) == (2, "promotion_used_up", first.pk)


def test_alone_means_alone_while_it_lasts(world: World) -> None:
    acme = bought(world)
    promise(world, "ALONE", stacks=Stacks.ALONE, cycles=1)
    promise(world, "MORE", cycles=1)
    promise(world, "ALSO", stacks=Stacks.ALONE)
    gets(acme, "ALONE")
    assert [refusal(acme, "MORE"), refusal(acme, "ALSO")] == ["promotion_alone", "promotion_alone"]
    world.charge()
    # Its only period is May; from June on another counts.
    assert gets(acme, "MORE").counts_from == instant("2026-06-01")
    assert refusal(acme, "ALSO") == "promotion_alone"


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_against_a_limit_of_seven(at_once: Callable[..., list[Any]]) -> None:
    # Tried: without `select_for_update` in `actions._locked`, redemptions fail with the unique number instead.
    world = World()
    world.plan("cloud", world.monthly("1"))
    parties = [world.customer(f"c{n}").buys("cloud") for n in range(10)]
    promise(world, "SEVEN", limit_total=7)
    found = at_once(*5 * [lambda p=p: gets(p, "SEVEN") for p in parties])
    made = {each.pk for each in found if isinstance(each, Redemption)}
    assert {each.code for each in found if not isinstance(each, Redemption)} == {"promotion_used_up"}
    assert (len(made), Redemption.objects.count()) == (7, 7)
    assert sorted(Redemption.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.django_db(transaction=True)
def test_a_customers_limit_holds_at_once_too(at_once: Callable[..., list[Any]]) -> None:
    world = World()
    world.plan("cloud", world.monthly("1"))
    acme = world.customer("acme")
    for n in range(8):
        acme.buys("cloud", key=f"s{n}")
    promise(world, "TWICE", limit_customer=2)
    found = at_once(*[lambda n=n: gets(acme, "TWICE", f"s{n}") for n in range(8)])
    assert sorted(each.number_of_customer for each in found if isinstance(each, Redemption)) == [1, 2]
    assert [each.code for each in found if not isinstance(each, Redemption)] == 6 * ["promotion_used_up"]


def test_codes_prefixes_and_what_cannot_be(world: World) -> None:
    made = promise(world, "first")
    set_value(CODE_PREFIX, "HC-", level=Level.BRAND, scope_id=world.brand.public_id)
    assert [made.code, promise(world, "second").code, promise(world, "hc-third").code] == [
        "FIRST", "HC-SECOND", "HC-THIRD",
    ]  # fmt: skip
    faults: list[dict[str, Any]] = [
        {"use": True, "kind": "amount"}, {"currency": "EUR"}, {"cycles": 0}, {"months": [0]}, {"limit_total": 0},
        {"valid_to": instant("2026-04-01")},
    ]  # fmt: skip
    for fault in faults:
        with pytest.raises(Refused) as refused:
            promise(world, "BAD", value="1", **fault)
        assert refused.value.code == "bad_promotion"
    with pytest.raises(Refused) as refused:
        promise(world, "SECOND")
    assert refused.value.code == "promotion_exists"
    with pytest.raises(Refused) as refused:
        set_value(CODE_PREFIX, "small", level=Level.BRAND, scope_id=world.brand.public_id)
    assert refused.value.code == "feature_value_wrong"
    assert Promotion.objects.count() == 3
