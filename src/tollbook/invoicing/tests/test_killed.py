"""A bill run that is killed half way is finished by the next one, with the same result."""

import os
import signal
import time
from multiprocessing import get_context
from typing import Any

import pytest
from django.db import connection

from tollbook.charging import actions as charging
from tollbook.invoicing import actions as invoicing
from tollbook.invoicing.models import Invoice
from tollbook.site.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS = 12


def run(until: Any) -> None:
    charging.charge_due(until)
    invoicing.bill_due(until, lambda done: time.sleep(0.05))


def result() -> Any:
    rows = Invoice.objects.order_by("customer__reference").values_list(
        "customer__reference", "net", "tax", "total", "state"
    )
    return list(rows)


@pytest.fixture
def due(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(charging, "CHUNK", 2)
    monkeypatch.setattr(invoicing, "CHUNK", 2)
    world.meter("sms").plan("cloud", world.monthly("10"), world.metered("sms", "0.0043"))
    for n in range(CUSTOMERS):
        world.customer(f"c{n:02d}").buys("cloud", "2026-05-11").uses("sms", 100 * n + 7, "2026-05-12")
    return world.on("2026-06-01")


def test_a_killed_run_is_finished_by_the_next(due: World) -> None:
    until = due.now
    connection.close()
    child = get_context("fork").Process(target=run, args=(until,))
    child.start()
    assert child.pid
    end = time.monotonic() + 20
    while Invoice.objects.count() < 4 and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    half = Invoice.objects.count()
    assert 4 <= half < CUSTOMERS

    run(until)
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, CUSTOMERS + 1))
    finished = result()
    assert [row[0] for row in finished] == [f"c{n:02d}" for n in range(CUSTOMERS)]
    # 21 of 31 days of 10.00, and 0.0301 to 4.7601 of use: the same to the cent as in one uninterrupted run.
    assert [f"{row[1]:.2f}" for row in finished] == [
        "6.80", "7.23", "7.66", "8.09", "8.52", "8.95", "9.38", "9.81", "10.24", "10.67", "11.10", "11.53",
    ]  # fmt: skip
    run(until)
    assert result() == finished
