"""A connector that takes its time delays nothing else on the schedule."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from tollbook.base import schedule, tasks
from tollbook.base.queue import tick
from tollbook.provisioning.connectors.console import Console
from tollbook.provisioning.tests.conftest import Host

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Host]
NAME = "provisioning.run_due"


@pytest.fixture(autouse=True)
def nothing_queued(transactional_db: None) -> None:
    """Jobs are no table of Django's that it empties between tests."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def queued() -> list[str]:
    """Which entries of the schedule wait as jobs of their own."""
    rows = ProcrastinateJob.objects.filter(status="todo", queueing_lock__startswith="schedule:").order_by(
        "queueing_lock"
    )
    return [each.queueing_lock.removeprefix("schedule:") for each in rows if each.queueing_lock]


def runs_queued(name: str = NAME) -> None:
    """What a worker does with the job."""
    job = ProcrastinateJob.objects.get(queueing_lock=f"schedule:{name}", status="todo")
    tasks.run(job.args["name"], job.args["arguments"])


def test_the_tick_calls_nobody_and_a_slow_one_delays_nothing(host: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = host().orders()
    begun, go_on, calls = Event(), Event(), []
    fast = Console.provision

    def slow(self: Console, *given: object) -> object:
        calls.append(1)
        begun.set()
        assert go_on.wait(20)
        return fast(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Console, "provision", slow)
    tick(timestamp=0)
    assert (calls, acme.told) == ([], ["provision waiting"])
    assert set(queued()) >= {NAME, "payments.ask_due", "customers.check_vat"}

    def work() -> None:
        try:
            runs_queued()
        finally:
            connection.close()

    worker = Thread(target=work)
    worker.start()
    try:
        assert begun.wait(20)
        # Meanwhile the schedule goes on.
        acme.world.on(acme.world.now.replace(minute=5))
        assert "provisioning.follow" in schedule.run_due(put_off=True)
        assert (len(calls), acme.told) == (1, ["provision sent"])
    finally:
        go_on.set()
        worker.join(20)
    assert (worker.is_alive(), acme.told, acme.things) == (False, ["provision done"], 1)


def test_what_fell_due_is_queued_once_until_it_runs(host: Make) -> None:
    acme = host().orders()
    schedule.run_due(put_off=True)
    acme.world.on(acme.world.now.replace(minute=1))
    schedule.run_due(put_off=True)
    assert queued().count(NAME) == 1
    runs_queued()
    assert acme.told == ["provision done"]


def test_another_job_of_an_entry_that_runs_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, calls = Event(), Event(), []

    def call(at: datetime) -> None:
        calls.append(at)
        begun.set()
        assert go_on.wait(20)

    monkeypatch.setattr(schedule, "entries", lambda: [schedule.Every("slow", timedelta(minutes=1), call)])
    at = datetime(2026, 5, 1, tzinfo=UTC)

    def work() -> None:
        try:
            schedule.call_out("slow", at.isoformat())
        finally:
            connection.close()

    worker = Thread(target=work)
    worker.start()
    try:
        assert begun.wait(20)
        schedule.call_out("slow", at.isoformat())
        assert calls == [at]
    finally:
        go_on.set()
        worker.join(20)
    schedule.call_out("slow", at.isoformat())
    assert (worker.is_alive(), calls) == (False, [at, at])


def test_an_entry_that_is_gone_is_passed_over(host: Make) -> None:
    acme = host().orders()
    schedule.call_out("no.such", acme.world.now.isoformat())
    assert acme.told == ["provision waiting"]


def test_a_virtual_clock_runs_it_in_order(host: Make) -> None:
    acme = host().orders()
    schedule.advance(acme.world.now.replace(minute=1))
    assert (acme.told, queued()) == (["provision done"], [])
