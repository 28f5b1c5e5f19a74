"""Two requests with one key at the same time, on real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from tollbook.api import once
from tollbook.api.models import KeptAnswer
from tollbook.api.tests.conftest import Caller, staff_key
from tollbook.identity.models import StaffRole
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.models import Movement


def _send(caller: Caller, path: str, key: str) -> tuple[int, str | None, bytes]:
    try:
        response = Caller(caller.token).post(path, {"amount": "5", "currency": "EUR"}, key=key)
        return response.status_code, response.get("Idempotent-Replayed"), response.content
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_pay_once() -> None:
    world = World()
    caller = staff_key(StaffRole.ADMINISTRATOR)
    wallet = open_wallet(world.customer("acme").row, "EUR")
    path = f"/wallets/{wallet.public_id}/top-ups"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: _send(caller, path, "same"), range(8)))
    assert {status for status, _, _ in found} == {201}
    assert sorted(str(replayed) for _, replayed, _ in found) == ["None"] + ["true"] * 7
    assert len({content for _, _, content in found}) == 1
    assert Movement.objects.count() == KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "WAIT_MS", 200)
    world = World()
    caller = staff_key(StaffRole.ADMINISTRATOR)
    user = caller_name(caller)
    wallet = open_wallet(world.customer("acme").row, "EUR")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"{user} slow"])
            held.set()
            done.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    response = caller.post(f"/wallets/{wallet.public_id}/top-ups", {"amount": "5", "currency": "EUR"}, key="slow")
    done.set()
    holder.join()
    assert (response.status_code, response.json()["code"]) == (409, "request_in_flight")
    assert Movement.objects.count() == 0


def caller_name(caller: Caller) -> str:
    """The principal's name, as idempotency keys are counted by it."""
    from tollbook.identity.models import ApiKey

    user = ApiKey.objects.select_related("user").get().user
    assert user is not None
    return f"staff:{user.public_id}"


@pytest.mark.django_db(transaction=True)
def test_books_that_refuse_at_commit_are_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction without postings passes the code and not the database: nothing stays, and nobody sees SQL."""
    from tollbook.wallets import actions

    written = []

    def post_nothing(entry: object, at: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_transaction (public_id, brand_id, source_type, source_id, kind, booked_on, memo, "
                "created_at) SELECT 'txn_x', id, 'wallet', 'x', 'top_up', now(), '', now() FROM brands_brand LIMIT 1"
            )
            written.append(cursor.rowcount)

    monkeypatch.setattr(actions, "post", post_nothing)
    world = World()
    caller = staff_key(StaffRole.ADMINISTRATOR)
    wallet = open_wallet(world.customer("acme").row, "EUR")
    response = caller.post(f"/wallets/{wallet.public_id}/top-ups", {"amount": "5", "currency": "EUR"}, key="k")
    assert written == [1]
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert Movement.objects.count() == KeptAnswer.objects.count() == 0
