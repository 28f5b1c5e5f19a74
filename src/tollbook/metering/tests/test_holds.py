"""Units reserved before they are used: refused above the limit, captured as an event, freed, lapsed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tollbook.kernel.errors import Invalid, NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.metering.holds import SOURCE, capture, hold, release
from tollbook.metering.models import UsageEvent, UsageHold
from tollbook.site.tests.world import Party, World, instant


@pytest.fixture
def acme(world: World) -> Party:
    world.meter("sms", "sum", "country").meter("air").meter("calls", "count").meter("seats", "max")
    world.plan("texts", world.metered("sms", "0.05", allowance="100", limit="100"), world.metered("calls", limit="1"))
    world.plan("more", world.metered("sms", limit="20"))
    return world.customer().buys("texts")


def held(party: Party, quantity: object, key: str, meter: str = "sms", **more: Any) -> UsageHold:
    made: UsageHold = hold(party.row, meter, Decimal(str(quantity)), key=key, **more)
    return made


def code(call: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*given, **more)
    return str(refused.value.problems[0].code if isinstance(refused.value, Invalid) else refused.value.code)


def test_what_is_held_is_not_there_for_others(acme: Party) -> None:
    first = held(acme, 60, "a")
    acme.uses("sms", 30)
    with pytest.raises(Refused) as refused:
        held(acme, 11, "b")
    assert (refused.value.code, refused.value.details["used"], refused.value.details["held"]) == (
        "limit_reached", "30", "60",
    )  # fmt: skip
    assert refused.value.message == (
        "meter sms: 11 sms would go above the limit of 100: 30 used, 60 held, 10 left until the period ends at "
        "2026-06-01T00:00:00+00:00"
    )
    acme.uses("sms", 11, id="over")
    assert acme.last is not None and [str(o) for o in acme.last.outcomes] == ["refused"]
    assert UsageHold.objects.count() == 1
    # What is captured counts as an event; what it did not use is free again.
    taken = capture(first.public_id, Decimal("45.5"), door="test")
    assert (taken.state, plain(taken.captured)) == ("captured", "45.5")
    event = UsageEvent.objects.get(source=SOURCE)
    assert (event.event_id, plain(event.quantity), event.at) == (first.public_id, "45.5", first.at)
    assert code(held, acme, "24.6", "c") == "limit_reached"
    assert held(acme, "24.5", "c").state == "open"


def test_a_repeat_answers_with_the_same_hold(acme: Party) -> None:
    first = held(acme, 60, "a", dimensions={"country": "IE"})
    assert held(acme, "60.00", "a", dimensions={"country": "IE"}).pk == first.pk
    assert code(held, acme, 61, "a") == "usage_hold_key_conflict"
    assert code(held, acme, 60, "a", dimensions={"country": "DE"}) == "usage_hold_key_conflict"
    for _ in range(2):
        assert capture(first.public_id, door="test").state == "captured"
    assert held(acme, 60, "a", dimensions={"country": "IE"}).state == "captured"
    assert [(e.dims, plain(e.quantity)) for e in UsageEvent.objects.all()] == [('{"country":"IE"}', "60")]
    assert code(capture, first.public_id, Decimal(59), door="test") == "hold_closed"
    assert code(capture, first.public_id, door="test", repeats=False) == "hold_closed"
    assert code(release, first.public_id) == "hold_closed"


def test_release_and_lapse_give_it_back(acme: Party, world: World) -> None:
    freed = held(acme, 100, "a")
    assert [release(freed.public_id).state, release(freed.public_id).state] == ["released", "released"]
    none_used = held(acme, 100, "b")
    assert capture(none_used.public_id, Decimal(0), door="test").state == "released"
    lapses = held(acme, 100, "c", expires_at=instant("2026-05-01 00:10"))
    assert code(held, acme, 1, "d") == "limit_reached"
    world.on("2026-05-01 00:10")
    assert code(capture, lapses.public_id, door="test") == "hold_closed"
    acme.uses("sms", 40)
    assert acme.last is not None and [str(o) for o in acme.last.outcomes] == ["accepted"]
    assert held(acme, 60, "d").state == "open"
    lapses.refresh_from_db()
    assert (lapses.state, UsageEvent.objects.count()) == ("expired", 1)


def test_a_hold_counts_when_it_says_and_for_whom(acme: Party, world: World) -> None:
    acme.buys("more")
    assert held(acme, 100, "may").hour == instant("2026-05-01")
    assert held(acme, 100, "june", at=instant("2026-06-30 23:59")).state == "open"
    named = acme.subscriptions["more"].public_id
    assert held(acme, 20, "more", subscription=named).state == "open"
    assert code(held, acme, 1, "more-2", subscription=named) == "limit_reached"
    taken = capture(UsageHold.objects.get(key="more").public_id, door="test")
    assert UsageEvent.objects.get().subscription_id == taken.subscription_id == acme.subscriptions["more"].pk


def test_what_was_reserved_is_stored_although_the_limit_became_smaller(acme: Party, world: World) -> None:
    first = held(acme, 90, "a")
    acme.changes("texts", "more", "2026-05-01 00:00")
    assert code(held, acme, 1, "b") == "limit_reached"
    assert capture(first.public_id, door="test").state == "captured"
    world.on("2026-06-01").close()
    assert [(c, q) for c, q, _ in acme.charges] == [("sms", "90")]


def test_meters_without_a_limit_and_counting_ones(acme: Party) -> None:
    assert held(acme, 10_000, "a", "air").state == "open"
    one = held(acme, 1, "b", "calls")
    assert code(held, acme, 1, "c", "calls") == "limit_reached"
    assert code(capture, one.public_id, Decimal("0.5"), door="test") == "count_is_one"
    assert UsageHold.objects.get(key="b").state == "open"
    assert capture(one.public_id, door="test").state == "captured"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"quantity": 0}, "quantity_not_positive"),
        ({"quantity": -1}, "quantity_not_positive"),
        ({"meter": "fax"}, "meter_not_found"),
        ({"meter": "seats"}, "meter_not_counted"),
        ({"subscription": "sub_x"}, "subscription_not_found"),
        ({"expires_at": instant("2026-05-01")}, "already_expired"),
        ({"key": ""}, "text_empty"),
    ],
)
def test_what_is_refused_holds_nothing(acme: Party, given: Any, told: str) -> None:
    assert code(held, acme, **{"quantity": 1, "key": "k", **given}) == told
    assert not UsageHold.objects.exists()


def test_no_more_than_is_held_and_nothing_of_an_unknown_one(acme: Party) -> None:
    first = held(acme, 10, "a", expires_at=instant("2026-05-01") + timedelta(days=1))
    for quantity in ("10.01", "-1"):
        assert code(capture, first.public_id, Decimal(quantity), door="test") == "more_than_held"
    with pytest.raises(NotFound):
        release("uho_none")
    with pytest.raises(NotFound):
        capture("uho_none", door="test")


def test_an_event_under_the_holds_name_is_told(acme: Party) -> None:
    first = held(acme, 10, "a")
    acme.sends(acme.draft("sms", 1, id=first.public_id)._replace(source=SOURCE))
    assert code(capture, first.public_id, door="test") == "event_taken"
    first.refresh_from_db()
    assert (first.state, UsageEvent.objects.count()) == ("open", 1)


@pytest.mark.parametrize("change", [{"quantity": 11}, {"captured": 11}, {"customer_id": 0}])
def test_the_database_keeps_a_hold_as_it_was(acme: Party, change: Any) -> None:
    held(acme, 10, "a")
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageHold.objects.update(**change)
