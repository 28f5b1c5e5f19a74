"""Reading closed periods again takes as much memory for many events, and for many customers, as for few."""

import gc
import tracemalloc
from datetime import timedelta

import pytest

from tollbook.charging import corrections
from tollbook.charging.corrections import Whom, re_rate
from tollbook.charging.models import Charge
from tollbook.metering.actions import record
from tollbook.site.tests.world import World, instant

SINCE = instant("2026-05-01")


def _clean(done: int, after: int) -> None:
    gc.collect()


def peak(whom: Whom) -> int:
    """The most memory (bytes) that re-rating them takes at once."""
    tracemalloc.start()
    try:
        # What is garbage is no memory that it needs, whenever Python would have noticed.
        re_rate(SINCE, whom, progress=_clean)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_of_events(world: World) -> None:
    """200 and 20,000 events in the same 200 hours: what is read are the hours."""
    world.meter("gb").plan("cloud", world.metered("gb", "0.01"))
    few, many = (world.customer(name).buys("cloud") for name in ("few", "many"))
    for party, of_an_hour in ((few, 1), (many, 100)):
        for first in range(0, 200, 50):
            hours = [SINCE + timedelta(hours=hour) for hour in range(first, first + 50)]
            drafts = [party.draft("gb", 1, hour + timedelta(seconds=n)) for hour in hours for n in range(of_an_hour)]
            record(drafts, door="test", customer=party.row)
    world.on("2026-06-01").close()
    world.on("2026-06-02")
    peak(Whom(few.row.pk))  # what is loaded once is loaded
    charges = Charge.objects.count()
    small, large = peak(Whom(few.row.pk)), peak(Whom(many.row.pk))
    assert large < 1.5 * small
    assert Charge.objects.count() == charges == 2


def test_of_customers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 5: 10 customers and 60. A chunk that was read is not kept."""
    monkeypatch.setattr(corrections, "CHUNK", 5)
    world.plan("few", world.monthly("1"))
    world.plan("many", world.monthly("1"))
    for number in range(70):
        world.customer(f"c{number}").buys("few" if number < 10 else "many")
    world.on("2026-06-01").close()
    world.on("2026-06-02")
    few, many = (Whom(plan_id=world.plans[code].plan_id) for code in ("few", "many"))
    assert (corrections.count_charged(SINCE, few), corrections.count_charged(SINCE, many)) == (10, 60)
    peak(few)
    small, large = peak(few), peak(many)
    assert large < 1.5 * small
