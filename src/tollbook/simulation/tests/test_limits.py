"""Simulations that are kept, and the limit that a version for everybody must not pass."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tollbook.base.tasks import run
from tollbook.brands.models import Brand
from tollbook.catalog.models import PlanVersion
from tollbook.features.actions import set_value
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period
from tollbook.simulation import replay
from tollbook.simulation.actions import ask, fill, finish, override
from tollbook.simulation.alternatives import checked_draft, of_draft, of_version
from tollbook.simulation.models import Outcome, Simulation, Summary
from tollbook.simulation.queries import last_full_month
from tollbook.simulation.rules import Compared, Limits, Sums, Totals, check_limits, summed, together
from tollbook.site.tests.world import World, instant
from tollbook.subscriptions.changes import roll_out
from tollbook.subscriptions.schedule import SCHEDULE

MAY = Period(instant("2026-05-01"), instant("2026-06-01"))


def story(world: World, new_fee: str = "40") -> PlanVersion:
    first = world.plan("cloud", world.monthly("31"))
    for name in ("acme", "birch", "cedar"):
        world.customer(name).buys("cloud")
    assert first.number == 1
    world.on("2026-06-01").close()
    return world.plan("cloud", world.monthly(new_fee), valid_from="2026-06-01", scope="renewal")


def work_off(simulation: Simulation) -> int:
    """Run the queued jobs of a simulation as the worker does; how many there were."""
    ran = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs WHERE queueing_lock = %s) "
                "RETURNING args->>'name', args->'arguments'",
                [f"simulation:{simulation.pk}"],
            )
            row = cursor.fetchone()
        if row is None:
            return ran
        run(row[0], json.loads(row[1]) if isinstance(row[1], str) else row[1])
        ran += 1


def test_a_simulation_is_worked_off_in_chunks_by_the_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 2)
    version = story(world)
    made = ask(of_version(version.plan, version), MAY, actor="ada", door="staff")
    assert (made.customers, made.outcomes.count()) == (3, 0)
    # Two chunks, and one to find that there is nothing left.
    assert work_off(made) == 3
    assert [row.customer.name for row in made.outcomes.order_by("pk")] == ["Acme", "Birch", "Cedar"]
    (totals,) = Summary.objects.get(simulation=made).totals
    assert {key: totals[key] for key in ("old_net", "new_net", "difference", "variance_percent", "losers")} == {
        "old_net": "93", "new_net": "120", "difference": "27", "variance_percent": "29.03", "losers": 3,
    }  # fmt: skip
    assert AuditEntry.objects.get(verb="simulation.asked").subject == made.public_id


def test_a_chunk_that_is_run_again_stores_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 2)
    version = story(world)
    made = ask(of_version(version.plan, version), MAY, queue=False)
    first = fill(made.pk, 0)
    assert first is not None and Outcome.objects.count() == 2
    again = fill(made.pk, 0)
    assert again is not None and again > first and Outcome.objects.count() == 3
    assert [fill(made.pk, 0), fill(made.pk, first)] == [None, None]
    assert finish(made.pk).created_at == finish(made.pk).created_at
    assert Summary.objects.count() == 1


_COLUMN = {"simulation": "actor = 'x'", "outcome": "old_tax = 1", "summary": "totals = '[]'", "override": "reason = ''"}


def test_what_was_simulated_never_changes(world: World) -> None:
    version = story(world)
    made = ask(of_version(version.plan, version), MAY, queue=False)
    fill(made.pk, 0)
    finish(made.pk)
    override(version, "for the test")
    for table in ("simulation", "outcome", "summary", "override"):
        for change in (f"DELETE FROM simulation_{table}", f"UPDATE simulation_{table} SET {_COLUMN[table]}"):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
    row = Outcome.objects.first()
    assert row is not None
    row.pk, row.currency, row.difference = None, "USD", Decimal(1)
    with pytest.raises(IntegrityError, match="simulation_outcome_difference"), transaction.atomic():
        row.save()


def test_a_period_that_is_not_over_is_refused(world: World) -> None:
    version = story(world)
    with pytest.raises(Refused) as refused:
        ask(of_version(version.plan, version), Period(instant("2026-06-01"), instant("2026-07-01")))
    assert refused.value.code == "period_not_over"
    assert not Simulation.objects.exists()


def limit(world: World, value: str, key: str = "catalog.max_variance_percent") -> None:
    set_value(key, value)


def simulated(version: PlanVersion, window: Period = MAY) -> None:
    made = ask(of_version(version.plan, version), window, queue=False)
    fill(made.pk, 0)
    finish(made.pk)


def test_without_a_limit_a_version_is_rolled_out_unseen(world: World) -> None:
    assert roll_out(story(world)).changed == 3


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("catalog.max_variance_percent", "29", "variance_too_high"),
        ("catalog.max_variance_percent", "29.04", ""),
        ("catalog.max_raise_percent", "29", "variance_too_high"),
        ("catalog.max_raise_percent", "30", ""),
        ("catalog.max_raise_percent", "0", "variance_too_high"),
    ],
)
def test_a_version_above_the_limit_is_not_rolled_out(world: World, key: str, value: str, code: str) -> None:
    version = story(world)
    simulated(version)
    limit(world, value, key)
    if not code:
        assert roll_out(version).changed == 3
        return
    with pytest.raises(Refused) as refused:
        roll_out(version)
    assert refused.value.code == code
    assert not version.phases.exists()


def test_the_refusal_says_the_figures(world: World) -> None:
    version = story(world)
    simulated(version)
    limit(world, "5")
    limit(world, "10", "catalog.max_raise_percent")
    with pytest.raises(Refused) as refused:
        roll_out(version)
    assert refused.value.message == (
        "version: revenue goes from 93 to 120 EUR (29.03 % of the plan's, at most 5 % are allowed); a customer in EUR pays "
        "29.03 % more, at most 10 % are allowed; publish another version, or override with a reason"
    )


def test_a_version_that_was_not_simulated_over_the_last_month_waits(world: World) -> None:
    version = story(world, "31.31")
    limit(world, "5")
    for window in (None, Period(instant("2026-05-01"), instant("2026-05-31"))):
        if window is not None:
            simulated(version, window)
        with pytest.raises(Refused) as refused:
            roll_out(version)
        assert refused.value.code == "not_simulated"
    simulated(version)
    assert roll_out(version).changed == 3


def test_a_word_with_a_reason_lets_it_pass_once(world: World) -> None:
    version = story(world)
    simulated(version)
    limit(world, "5")
    with pytest.raises(Refused):
        override(version, "  ")
    made = override(version, "Agreed with all three", actor="ada", door="staff")
    assert (made.reason, made.actor) == ("Agreed with all three", "ada")
    assert AuditEntry.objects.get(verb="version.overridden").detail == {"reason": "Agreed with all three"}
    with pytest.raises(Refused) as refused:
        override(version, "again")
    assert refused.value.code == "overridden_already"
    assert roll_out(version).changed == 3


def test_a_roll_out_that_has_begun_goes_on(world: World) -> None:
    version = story(world)
    assert roll_out(version).changed == 3
    limit(world, "5")
    world.customer("dune").buys("cloud", "2026-05-03", key="old")
    old = version.plan.versions.get(number=1)
    assert old.number == 1
    assert roll_out(version).changed == 1


def test_a_version_that_waits_keeps_no_other_waiting(world: World, caplog: pytest.LogCaptureFixture) -> None:
    held = story(world)
    world.plan("other", world.monthly("1"))
    world.customer("dune").buys("other")
    free = world.plan("other", world.monthly("1.01"), valid_from="2026-06-01", scope="renewal")
    limit(world, "5")
    override(free, "small")
    (entry,) = SCHEDULE
    entry.call(world.now)
    assert (held.phases.count(), free.phases.count()) == (0, 1)
    assert f"{held.public_id} is not rolled out" in caplog.text


def test_a_draft_is_kept_with_its_prices(world: World) -> None:
    version = story(world)
    fee = {"code": "fee", "kind": "recurring", "terms": {"model": "flat", "amount": "62"}}
    made = ask(of_draft(version.plan, checked_draft({"currency": "EUR", "prices": [fee]})), MAY, queue=False)
    fill(made.pk, 0)
    (totals,) = finish(made.pk).totals
    assert (totals["old_net"], totals["new_net"], totals["largest_raise_percent"]) == ("93", "186", "100")
    # A draft is no version: it does not let one pass.
    limit(world, "5")
    with pytest.raises(Refused) as refused:
        roll_out(version)
    assert refused.value.code == "not_simulated"


def test_the_last_full_month_is_the_brands(world: World) -> None:
    brand = Brand(zone="Asia/Tokyo")
    found = last_full_month(brand, instant("2026-05-31 15:00"))
    assert (found.start, found.end) == (instant("2026-04-30 15:00"), instant("2026-05-31 15:00"))


def row(old: str, new: str, customer_id: int = 1) -> Compared:
    before, after = (Sums(net=Decimal(x), total=Decimal(x)) for x in (old, new))
    return Compared(customer_id, f"c{customer_id}", f"C{customer_id}", "EUR", before, after, plan_net=Decimal(old))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("100", "100", "no change"), ("100", "49", "-50 % or less"), ("100", "50", "-50 % or less"),
        ("100", "50.01", "-50 to -20 %"), ("100", "99", "-5 to 0 %"), ("100", "100.001", "0 to 5 %"),
        ("100", "105", "0 to 5 %"), ("100", "150", "20 to 50 %"), ("100", "150.01", "above 50 %"), ("0", "1", "from nothing"),
    ],
)  # fmt: skip
def test_the_spread(old: str, new: str, name: str) -> None:
    assert summed([row(old, new)])["EUR"].spread == {name: 1}


def test_parts_together_are_the_whole() -> None:
    rows = [row(str(n % 7), str(n * n % 11), n) for n in range(1, 101)]
    whole = summed(rows)["EUR"]
    parts = [summed(each for each in rows if each.customer_id % 3 == n) for n in range(3)]
    assert together(parts)["EUR"].data() == whole.data()
    assert whole.customers == 100 and len(whole.won_most) == 20 and len(whole.lost_most) == 20
    assert whole.winners + whole.losers + whole.unchanged == 100


def test_what_was_nothing_is_above_every_limit() -> None:
    for limits in (Limits(variance=Decimal(1000)), Limits(single=Decimal(1000))):
        with pytest.raises(Refused):
            check_limits([summed([row("0", "1")])["EUR"].data()], limits)
        check_limits([summed([row("0", "0")])["EUR"].data()], limits)
        check_limits([Totals("EUR").data()], limits)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_store_each_customer_once(world: World, at_once: Callable[..., Any]) -> None:
    version = story(world)
    made = ask(of_version(version.plan, version), MAY, queue=False)
    at_once(*(lambda: fill(made.pk, 0) for _ in range(3)))
    assert Outcome.objects.filter(simulation=made).count() == 3
