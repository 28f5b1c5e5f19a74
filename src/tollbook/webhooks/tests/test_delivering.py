"""Delivery to real servers: signatures, order, retries, bad receivers (B10), and that they delay nobody else."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tollbook.base import clock
from tollbook.identity.models import AuditEntry
from tollbook.notifications.actions import hand_on
from tollbook.notifications.models import Fact
from tollbook.site.tests.world import World
from tollbook.webhooks import delivering
from tollbook.webhooks.actions import replay, replay_range, rotate, secrets_of, send_test, switch
from tollbook.webhooks.delivering import Outcome, claim, deliver, free_lost, note
from tollbook.webhooks.models import Attempt, Delivery, Endpoint
from tollbook.webhooks.queries import next_due
from tollbook.webhooks.rules import WAITS, EndpointState
from tollbook.webhooks.tests.conftest import Post
from tollbook.webhooks.tests.receiver import Receiver, answering, cut, hanging_up, receiving, slow, trickling


def test_a_fact_arrives_signed(post: Post, receiver: Receiver) -> None:
    secret = post.add(receiver)
    post.tell()
    assert post.send() == 1
    fact = Fact.objects.get()
    assert receiver.verified(secret.text) == [
        {
            "type": "wallet.low",
            "timestamp": "2026-05-01T00:00:00+00:00",
            "data": {
                "id": "wal_a", "customer": post.customer.public_id, "sequence": 1, "balance": "4.20", "currency": "EUR",
            },
        }
    ]  # fmt: skip
    got = receiver.got[0]
    assert (got.path, got.headers["webhook-id"], got.headers["host"]) == ("/hooks", fact.public_id, receiver.address)
    assert got.headers["content-type"] == "application/json"
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.status, attempt.error, attempt.body) == (1, 200, "", "no")
    assert post.states() == [("wal_a", "delivered", 1)]
    assert post.send() == 0


def test_another_secret_or_body_does_not_verify(post: Post, receiver: Receiver, other: Receiver) -> None:
    post.add(receiver)
    foreign = post.add(other)
    post.tell()
    post.send()
    got = receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(foreign.text).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(foreign.text).verify(other.got[0].body.replace(b"4.20", b"9.99"), other.got[0].headers)


def test_for_a_day_after_a_rotation_both_secrets_sign(post: Post, receiver: Receiver, world: World) -> None:
    old = post.add(receiver)
    new = rotate(old.endpoint.public_id)
    assert new.text != old.text
    post.tell()
    post.send()
    assert receiver.verified(old.text) == receiver.verified(new.text)
    world.on("2026-05-02 00:00")
    post.tell()
    post.send()
    got = receiver.got[1]
    Webhook(new.text).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.text).verify(got.body, got.headers)
    assert len(secrets_of(Endpoint.objects.get(), clock.now())) == 1


def test_secrets_are_sealed(post: Post, receiver: Receiver) -> None:
    secret = post.add(receiver)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_endpoint")
        (sealed,) = cursor.fetchone()
    assert secret.text.encode() not in bytes(sealed)
    assert not AuditEntry.objects.filter(detail__icontains=secret.text).exists()


def test_only_the_kinds_that_it_asked_for(post: Post, receiver: Receiver) -> None:
    post.add(receiver, "invoice.issued", "wallet.empty")
    post.tell()
    assert Fact.objects.count() == 0
    post.add(receiver, "wallet.low")
    post.tell()
    assert [post.send(), len(receiver.got)] == [1, 1]


def test_nobody_is_told_of_another_customer(post: Post, world: World, receiver: Receiver, other: Receiver) -> None:
    bolt = world.customer("bolt").row
    post.add(receiver)
    post.add(other, customer=bolt)
    post.tell("wal_a")
    post.tell("wal_b", customer=bolt)
    post.send()
    assert [b"wal_a" in got.body for got in receiver.got] == [True]
    assert [b"wal_b" in got.body for got in other.got] == [True]


def test_a_brand_hears_all_its_customers_and_no_others(post: Post, receiver: Receiver, other: Receiver) -> None:
    secret = post.add(receiver, brand=True)
    far = type(post.customer.brand).objects.create(
        code="far", name="Far", legal_name="Far Ltd", street="1", city="Cork", postcode="1", country="IE",
        email="far@far.example", currency="EUR",
    )  # fmt: skip
    elsewhere = World.customer(_in(far), "elsewhere").row
    post.add(other, customer=elsewhere)
    post.tell("wal_a")
    post.tell("wal_b", customer=elsewhere)
    assert post.send() == 2
    assert [told["data"]["id"] for told in receiver.verified(secret.text)] == ["wal_a"]
    assert [told["data"]["customer"] for told in receiver.verified(secret.text)] == [post.customer.public_id]


def _in(brand: Any) -> Any:
    found = World.__new__(World)
    found.brand = brand
    return found


def test_facts_of_one_thing_keep_their_order_and_others_do_not_wait(
    post: Post, receiver: Receiver, world: World
) -> None:
    secret = post.add(receiver)
    receiver.acts = [answering(500)]
    for balance in ("3", "2", "1"):
        post.tell("wal_a", balance)
    post.send()
    post.tell("wal_b")
    post.send()
    assert post.states() == [
        ("wal_a", "waiting", 1), ("wal_a", "waiting", 0), ("wal_a", "waiting", 0), ("wal_b", "delivered", 1),
    ]  # fmt: skip
    world.on("2026-05-01 00:00:06")
    assert deliver() == 3
    told = [(each["data"]["id"], each["data"]["sequence"]) for each in receiver.verified(secret.text)]
    assert told == [("wal_a", 1), ("wal_b", 1), ("wal_a", 1), ("wal_a", 2), ("wal_a", 3)]


def test_it_is_tried_for_three_days_and_then_visibly_given_up(post: Post, receiver: Receiver, world: World) -> None:
    post.add(receiver)
    receiver.acts = [answering(500)] * 10
    post.tell()
    post.tell()
    start, tries = clock.now(), []
    post.send()
    for _ in range(len(WAITS)):
        due = next_due()
        assert due is not None
        tries.append(due - start)
        world.on(due)
        deliver()
    for waited, least in zip(tries, _sums(), strict=True):
        assert least <= waited <= least * 1.1
    assert timedelta(days=3) < tries[-1] < timedelta(days=3.5)
    # The next of the thing went out when the first was given up.
    assert post.states() == [("wal_a", "failed", 10), ("wal_a", "delivered", 1)]
    assert len(receiver.got) == 11


def _sums() -> list[timedelta]:
    return [sum(WAITS[: number + 1], timedelta(0)) for number in range(len(WAITS))]


BAD: dict[str, tuple[Any, str, int | None, str]] = {
    "200": (answering(200), "delivered", 200, ""),
    "204": (answering(204), "delivered", 204, ""),
    "cut body": (cut, "delivered", 200, ""),
    "302": (answering(302, Location="http://127.0.0.1:1/"), "waiting", 302, ""),
    "400": (answering(400), "waiting", 400, ""),
    "404": (answering(404), "waiting", 404, ""),
    "410": (answering(410), "failed", 410, ""),
    "429": (answering(429), "waiting", 429, ""),
    "500": (answering(500), "waiting", 500, ""),
    "hangs up": (hanging_up, "waiting", None, "no answer: RemoteDisconnected"),
    "slow": (slow(3), "waiting", None, "no answer within 1 s"),
    "trickles": (trickling, "waiting", None, "no answer within 1 s"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_receivers(post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    act, state, status, error = BAD[name]
    monkeypatch.setattr(delivering, "TIMEOUT_S", 1.0)
    post.add(receiver)
    receiver.acts = [act]
    post.tell()
    started = time.monotonic()
    post.send()
    assert time.monotonic() - started < 2.5
    found = Attempt.objects.get()
    assert (Delivery.objects.get().state, found.status, found.error) == (state, status, error)
    assert len(receiver.got) == 1


def test_gone_switches_it_off_and_its_owner_is_told(post: Post, receiver: Receiver, other: Receiver) -> None:
    gone = post.add(receiver).endpoint
    watcher = post.add(other, "webhook.disabled")
    receiver.acts = [answering(410)]
    post.tell()
    post.tell("wal_b")
    post.send()
    gone.refresh_from_db()
    assert (gone.state, gone.note) == ("off", "it answered 410 Gone")
    post.send()
    (told,) = other.verified(watcher.text)
    assert told["data"] | {"customer": ""} == {
        "id": gone.public_id, "customer": "", "sequence": 1, "url": receiver.url, "why": "it answered 410 Gone",
    }  # fmt: skip
    post.tell()
    assert [post.send(), AuditEntry.objects.filter(verb="webhook.off").count()] == [0, 1]


def test_days_of_failing_switch_it_off(post: Post, receiver: Receiver, world: World) -> None:
    found = post.add(receiver).endpoint
    receiver.acts = [answering(500)] * 40
    for day in range(1, 7):
        world.on(f"2026-05-0{day}")
        post.tell(f"wal_{day}")
        post.send()
        found.refresh_from_db()
        assert (found.state, day) == ("active" if day < 6 else "off", day)
    assert found.note == "it has taken nothing for 5 days"
    assert {state for _, state, _ in post.states()} == {"failed"}
    switch(found.public_id, EndpointState.ACTIVE)
    receiver.acts = []
    post.tell("wal_new")
    assert post.send() == 1


def test_one_success_ends_the_count_of_days(post: Post, receiver: Receiver, world: World) -> None:
    found = post.add(receiver).endpoint
    receiver.acts = [answering(500)]
    post.tell()
    post.send()
    found.refresh_from_db()
    assert found.failing_since == clock.now()
    world.on("2026-05-04")
    deliver()
    found.refresh_from_db()
    assert found.failing_since is None


@pytest.mark.parametrize(("asked", "seconds"), [("120", 120), ("2", 5), ("Fri, 01 May 2026 01:00:00 GMT", 3600)])
def test_retry_after_is_heeded(post: Post, receiver: Receiver, asked: str, seconds: int) -> None:
    post.add(receiver)
    receiver.acts = [answering(429, Retry_After=asked)]
    post.tell()
    post.send()
    waits = (Delivery.objects.get().due_at - clock.now()).total_seconds()
    assert seconds <= waits <= max(seconds, 5.5)


def test_slow_and_dead_receivers_delay_nobody_else(
    post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six receivers answer after a second, to ten messages each; the seventh has its twenty meanwhile."""
    monkeypatch.setattr(delivering, "TIMEOUT_S", 0.9)
    with receiving() as dead:
        dead.acts = [slow(1.0)] * 200
        for _ in range(6):
            post.add(dead)
        secret = post.add(receiver)
        for number in range(20):
            post.tell(f"wal_{number}")
        started = time.monotonic()
        post.send()
        quick = [got.at - started for got in receiver.got]
    assert len(receiver.verified(secret.text)) == 20
    assert max(quick) < 5


def test_an_endpoint_has_two_calls_on_their_way_and_a_failing_one_has_one(post: Post, receiver: Receiver) -> None:
    post.add(receiver)
    for number in range(5):
        post.tell(f"wal_{number}")
    at = clock.now()
    hand_on()
    assert [len(claim(at, 16)), len(claim(at, 16))] == [2, 0]
    Delivery.objects.filter(state="sending").update(state="waiting", leased_until=None)
    Endpoint.objects.update(failing_since=at)
    assert [len(claim(at, 16)), len(claim(at, 16))] == [1, 0]


def test_failing_endpoints_share_four_places(post: Post, receiver: Receiver) -> None:
    for _ in range(7):
        post.add(receiver)
    Endpoint.objects.update(failing_since=clock.now())
    post.tell()
    hand_on()
    assert [len(claim(clock.now(), 16)), len(claim(clock.now(), 16))] == [4, 0]


def test_what_a_process_lost_is_sent_again_and_its_late_answer_does_not_count(
    post: Post, receiver: Receiver, world: World
) -> None:
    post.add(receiver)
    post.tell()
    hand_on()
    (lost,) = claim(clock.now(), 16)
    assert free_lost(clock.now()) == 0
    world.on("2026-05-01 00:01:30")
    assert deliver() == 1
    assert note(lost, Outcome(5, 500), clock.now()) is None
    assert post.states() == [("wal_a", "delivered", 2)]
    assert [attempt.number for attempt in Attempt.objects.all()] == [2]


def test_a_replay_has_the_same_id_and_goes_behind(post: Post, receiver: Receiver) -> None:
    secret = post.add(receiver)
    post.tell()
    post.send()
    found = Delivery.objects.get()
    again = replay(secret.endpoint.public_id, found.public_id)
    assert (again.replay, again.state) == (1, "waiting")
    post.send()
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len(receiver.verified(secret.text)) == 2


def test_a_range_is_replayed(post: Post, receiver: Receiver, world: World) -> None:
    found = post.add(receiver).endpoint
    receiver.acts = [answering(200), answering(410)]
    for day in (1, 2):
        world.on(f"2026-05-0{day}")
        post.tell(f"wal_{day}")
        post.send()
    switch(found.public_id, EndpointState.ACTIVE)
    since, until = clock.now() - timedelta(days=5), clock.now() + timedelta(days=1)
    assert replay_range(found.public_id, since, until) == 1
    assert replay_range(found.public_id, since, until) == 0
    post.send()
    assert [got.body.count(b"wal_2") for got in receiver.got] == [0, 1, 1]
    assert replay_range(found.public_id, since, until, failed_only=False) == 2
    assert replay_range(found.public_id, since, clock.now() - timedelta(days=2), failed_only=False) == 0


def test_a_test_is_sent(post: Post, receiver: Receiver) -> None:
    secret = post.add(receiver, "invoice.paid")
    send_test(secret.endpoint.public_id)
    post.send()
    (told,) = receiver.verified(secret.text)
    assert (told["type"], told["data"]["note"]) == ("webhook.test", "This is a test.")


def test_a_paused_one_keeps_what_comes(post: Post, receiver: Receiver) -> None:
    found = post.add(receiver).endpoint
    switch(found.public_id, EndpointState.PAUSED)
    post.tell()
    assert post.send() == 0
    switch(found.public_id, EndpointState.ACTIVE)
    assert deliver() == 1


def test_a_removed_one_gets_nothing_more(post: Post, receiver: Receiver) -> None:
    found = post.add(receiver).endpoint
    switch(found.public_id, EndpointState.PAUSED)
    post.tell()
    post.send()
    switch(found.public_id, EndpointState.REMOVED)
    post.tell()
    assert [post.send(), post.states()] == [0, [("wal_a", "failed", 0)]]
