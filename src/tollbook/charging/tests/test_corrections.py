"""What charging would correct is seen before it is charged; closed periods are read again by one command."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tollbook.charging import rows
from tollbook.charging.corrections import (
    Correction,
    Whom,
    charged_customers,
    corrections,
    customers_to_correct,
    re_rate,
)
from tollbook.charging.models import Charge
from tollbook.charging.preview import roll_out_preview
from tollbook.charging.rules import Owed, owe
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.metering.corrections import cancel
from tollbook.metering.models import UsageHour
from tollbook.rating import Terms
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.changes import roll_out
from tollbook.subscriptions.models import Subscription


def story(world: World) -> Party:
    world.meter("sms")
    world.plan("cloud", world.monthly("31"), world.metered("sms", "0.10"))
    acme = world.customer().buys("cloud").uses("sms", 100, "2026-05-03", id="x").uses("sms", 20, "2026-05-04")
    world.on("2026-06-01").close()
    return acme


def told(found: list[Correction]) -> list[tuple[str, ...]]:
    return [
        (c.price.code, *(plain(x) for x in (c.quantity_before, c.quantity, c.before, c.amount, c.difference)), c.reason)
        for c in found
    ]


def test_late_and_cancelled_use_is_shown_before_it_is_charged(world: World) -> None:
    acme = story(world)
    assert customers_to_correct(world.now) == []
    acme.uses("sms", 7, "2026-05-20")
    cancel(acme.row, "test", "x", reason="counted twice", door="staff", actor="ada")
    state = Charge.objects.count(), UsageHour.objects.filter(pending=True).count()
    assert customers_to_correct(world.now) == [acme.row.pk]
    found = corrections([acme.row.pk], world.now)
    reason = "1 event cancelled: counted twice; late use"
    assert told(found) == [("sms", "120", "27", "12", "2.7", "-9.3", reason)]
    # Nothing was charged, and the use still waits.
    assert (Charge.objects.count(), UsageHour.objects.filter(pending=True).count()) == state
    world.charge()
    made = Charge.objects.get(revision=2)
    assert (made.amount, made.reason, made.corrects_id) == (found[0].difference, reason, found[0].corrects_id)
    assert customers_to_correct(world.now) == [] and corrections([acme.row.pk], world.now) == []


def test_what_is_charged_for_the_first_time_is_no_correction(world: World) -> None:
    acme = story(world)
    acme.uses("sms", 1, "2026-06-03")
    world.on("2026-07-01")
    assert corrections([acme.row.pk], world.now) == []
    assert world.charge() == 2


def test_a_price_fixed_after_the_fact_is_shown_before_everybody_gets_it(world: World) -> None:
    acme = story(world)
    fixed = world.plan("cloud", world.monthly("31"), world.metered("sms", "0.08"), valid_from="2026-05-01", scope="now")
    ((subscription, preview),) = roll_out_preview(fixed)
    assert subscription.pk == acme.subscriptions["cloud"].pk
    lines = sorted((line.name, plain(line.amount)) for line in preview.lines)
    assert lines == [("Fee", "-31"), ("Fee", "31"), ("Sms", "-12"), ("Sms", "9.6")]
    assert plain(preview.total.amount) == "-2.4"
    made = Charge.objects.count()
    assert Subscription.objects.get().phases.count() == 1
    assert roll_out(fixed).changed == 1
    world.charge()
    brought = Charge.objects.order_by("pk")[made:]
    assert sorted((c.price.name, plain(c.amount)) for c in brought) == lines
    assert roll_out_preview(fixed) == []


def wrong(terms: Terms, quantity: Decimal, share: Fraction = Fraction(1)) -> Owed:
    """As a program with a fault rates."""
    right = owe(terms, quantity, share)
    doubled = owe(Terms.parse({"model": "flat", "amount": plain(right.amount * 2)}), Decimal(1))
    return replace(doubled, quantity=quantity, rated={**doubled.rated, "quantity": right.rated["quantity"]})


def test_a_fault_in_rating_is_made_good_by_the_difference_and_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(rows, "owe", wrong)
        acme = story(world)
        world.customer("birch").buys("cloud", "2026-05-02")
    assert [c[2] for c in acme.charges] == ["62", "24"]
    seen = corrections([acme.row.pk], world.now, read_since=instant("2026-05-10"))
    assert [(c.price.code, plain(c.before), plain(c.amount)) for c in seen] == [
        ("fee", "62", "31"),
        ("sms", "24", "12"),
    ]
    assert Subscription.objects.filter(recharge_from__isnull=False).count() == 0
    assert re_rate(instant("2026-05-10"), Whom(acme.row.pk)) == 2
    assert [c[2] for c in acme.charges] == ["62", "24", "-31", "-12"]
    assert re_rate(instant("2026-05-10"), Whom(acme.row.pk)) == 0
    assert re_rate(instant("2026-05-10")) == 0


def test_what_is_right_is_charged_nothing(world: World) -> None:
    acme = story(world)
    acme.ends("cloud", "2026-06-16")
    world.on("2026-07-05").close()
    made = Charge.objects.count()
    assert re_rate(instant("2026-04-01")) == 0
    assert re_rate(instant("2026-06-10"), Whom(plan_id=world.plans["cloud"].plan_id)) == 0
    assert Charge.objects.count() == made
    assert Subscription.objects.filter(recharge_from__isnull=False).count() == 0


def test_it_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tollbook.charging.corrections.CHUNK", 1)
    with monkeypatch.context() as patched:
        patched.setattr(rows, "owe", wrong)
        acme = story(world)
        birch = world.customer("birch").buys("cloud", "2026-05-02")
        world.charge()
    heard: list[tuple[int, int]] = []

    def stop(done: int, after: int) -> None:
        heard.append((done, after))
        raise KeyboardInterrupt

    since = instant("2026-05-01")
    with pytest.raises(KeyboardInterrupt):
        re_rate(since, progress=stop)
    assert heard == [(1, acme.row.pk)]
    assert [c[2] for c in birch.charges] == ["60"]
    assert re_rate(since, after=acme.row.pk) == 1
    assert [c[2] for c in birch.charges] == ["60", "-30"]
    assert charged_customers(since) == [acme.row.pk]


def test_only_the_past_is_read_again(world: World) -> None:
    story(world)
    with pytest.raises(Refused) as refused:
        re_rate(world.now)
    assert refused.value.code == "not_past"
    assert charged_customers(world.now) == []


def test_an_hour_whose_events_are_all_cancelled_may_wait_for_the_next_run(
    world: World, breaking: Callable[..., str]
) -> None:
    world.meter("sms").plan("cloud", world.metered("sms", "0.10"))
    acme = world.customer().buys("cloud").uses("sms", 100, "2026-05-03", id="a").uses("sms", 1, "2026-05-04")
    world.on("2026-06-01").close()
    cancel(acme.row, "test", "a", reason="Sent twice", door="test")
    assert {
        "just now": breaking("SELECT 1"),
        "an hour ago": breaking("UPDATE usage_correction SET at = at - interval '61 minutes'"),
        "looked at, and not charged": breaking("UPDATE usage_hour SET pending = false"),
    } == {"just now": "", "an hour ago": "M13", "looked at, and not charged": "M13"}
    world.charge()
    assert acme.charges == [("sms", "101", "10.1"), ("sms", "-100", "-10")]
