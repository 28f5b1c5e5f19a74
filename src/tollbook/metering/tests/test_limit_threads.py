"""Never one unit too many: fifty senders at once, and any order, batching, holding and letting go."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from psycopg.errors import LockNotAvailable

from tollbook.kernel.errors import Refused
from tollbook.metering import holds
from tollbook.metering.actions import record
from tollbook.metering.models import UsageEvent, UsageHold
from tollbook.metering.rules import Outcome
from tollbook.site.tests.world import World

LIMIT = 40
SENDERS = 50
EACH = 4


@pytest.mark.django_db(transaction=True)
def test_fifty_senders_at_once_get_exactly_what_there_is(world: World) -> None:
    world.meter("sms").plan("texts", world.metered("sms", limit=str(LIMIT)))
    acme = world.customer().buys("texts")
    ready, taken = Barrier(SENDERS), [0] * SENDERS

    def send(number: int) -> None:
        try:
            ready.wait(60)
            for n in range(EACH):
                draft = acme.draft("sms", 1, id=f"{number}-{n}")
                if (number + n) % 2:
                    done = record([draft], door="test", customer=acme.row)
                    taken[number] += done.count(Outcome.ACCEPTED)
                else:
                    try:
                        kept = holds.hold(acme.row, "sms", Decimal(1), key=f"{number}-{n}")
                    except Refused as refused:
                        assert refused.code == "limit_reached"
                        continue
                    if number % 3:
                        holds.capture(kept.public_id, door="test")
                    taken[number] += 1
        finally:
            connection.close()

    threads = [Thread(target=send, args=(number,), daemon=True) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    used = UsageEvent.objects.count()
    held = UsageHold.objects.filter(state="open").count()
    assert (used + held, sum(taken)) == (LIMIT, LIMIT)


@pytest.mark.django_db(transaction=True)
def test_what_is_limited_waits_for_whoever_stores_use_of_the_customer(world: World) -> None:
    world.meter("sms").meter("air").plan("texts", world.metered("sms", limit=str(LIMIT)))
    acme, bolt = world.customer().buys("texts"), world.customer("bolt").buys("texts")
    # Both have a border from here on: who makes it would be waited for by everybody.
    acme.uses("air", 1, "2026-05-02")
    bolt.uses("air", 1, "2026-05-02")
    stored, over = Event(), Event()

    def store() -> None:
        try:
            with transaction.atomic():
                record([acme.draft("air", 1)], door="test", customer=acme.row)
                stored.set()
                assert over.wait(60)
        finally:
            connection.close()

    def waits(act: Callable[[], Any]) -> bool:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '200ms'")
                act()
        except OperationalError as error:
            assert isinstance(error.__cause__, LockNotAvailable)
            return True
        return False

    other = Thread(target=store, daemon=True)
    other.start()
    try:
        assert stored.wait(60)
        assert waits(lambda: acme.uses("sms", 1))
        assert waits(lambda: holds.hold(acme.row, "sms", Decimal(1), key="h"))
        # What has no limit goes in beside it, and so does what is another customer's.
        assert not waits(lambda: acme.uses("air", 1, "2026-05-01 05:00"))
        assert not waits(lambda: bolt.uses("sms", 1))
    finally:
        over.set()
        other.join(60)
    assert not waits(lambda: acme.uses("sms", 1))


@pytest.mark.django_db(transaction=True)
def test_a_capture_beside_senders_frees_what_it_did_not_use(world: World, at_once: Callable[..., list[Any]]) -> None:
    world.meter("sms").plan("texts", world.metered("sms", limit="100"))
    acme = world.customer().buys("texts")
    kept = holds.hold(acme.row, "sms", Decimal(90), key="call")

    def send(number: int) -> Any:
        draft = acme.draft("sms", 7, id=f"s{number}")
        return record([draft], door="test", customer=acme.row).count(Outcome.ACCEPTED)

    calls = [partial(send, number) for number in range(10)]
    sent = at_once(lambda: holds.capture(kept.public_id, Decimal(40), door="test"), *calls)
    total = sum(event.quantity for event in UsageEvent.objects.all())
    assert total == 40 + 7 * sum(sent[1:]) and 40 <= total <= 100
    assert sum(sent[1:]) in range(1, 9)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.lists(st.integers(1, 9), min_size=1, max_size=4)),
        st.tuples(st.just("hold"), st.integers(1, 9)),
        st.tuples(st.just("capture"), st.integers(0, 9)),
        st.tuples(st.just("release"), st.just(0)),
    ),
    min_size=1,
    max_size=8,
)


class AnyOrder(TestCase):
    """Whatever comes in whatever order: what is used and held never goes above, and only what does not fit is refused."""

    @settings(max_examples=12, deadline=None)
    @given(steps=STEPS)
    def test_never_above_the_limit(self, steps: list[tuple[str, Any]]) -> None:
        world = World()
        world.meter("sms").plan("texts", world.metered("sms", limit="20"))
        acme = world.customer().buys("texts")
        used, opened = 0, dict[str, int]()
        for number, (verb, value) in enumerate(steps):
            if verb == "send":
                acme.sends(*(acme.draft("sms", quantity) for quantity in value))
                assert acme.last is not None
                for quantity, outcome in zip(value, acme.last.outcomes, strict=True):
                    fits = used + sum(opened.values()) + quantity <= 20
                    assert str(outcome) == ("accepted" if fits else "refused")
                    used += quantity * fits
            elif verb == "hold":
                if used + sum(opened.values()) + value <= 20:
                    opened[holds.hold(acme.row, "sms", Decimal(value), key=f"h{number}").public_id] = value
                else:
                    with self.assertRaisesRegex(Refused, "above the limit of 20"):
                        holds.hold(acme.row, "sms", Decimal(value), key=f"h{number}")
            elif opened:
                public_id, reserved = opened.popitem()
                if verb == "capture":
                    holds.capture(public_id, Decimal(min(value, reserved)), door="test")
                    used += min(value, reserved)
                else:
                    holds.release(public_id)
            assert sum(event.quantity for event in UsageEvent.objects.all()) == used <= 20
