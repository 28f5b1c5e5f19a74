"""An event that is cancelled or changed counts no more: in no roll-up, no charge and no explanation; once, for ever."""

from collections.abc import Callable
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from tollbook.charging.behind import events_behind
from tollbook.charging.models import Charge
from tollbook.identity.models import AuditEntry
from tollbook.invoicing.explain import explain_line
from tollbook.kernel.errors import Invalid, NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.metering.corrections import change, correct
from tollbook.metering.models import UsageCorrection, UsageEvent, UsageHour, UsageThing
from tollbook.metering.rules import Correction
from tollbook.metering.tests.corrected import acme, gone
from tollbook.site.tests.world import Party, World

__all__ = ["acme"]  # a fixture


def hour_values() -> list[Any]:
    rows = UsageHour.objects.order_by("meter_id", "hour")
    return [
        (h.events, *(None if v is None else plain(v) for v in (h.total, h.moment, h.peak, h.low, h.last))) for h in rows
    ]


def test_a_cancelled_event_counts_no_more(acme: Party) -> None:
    acme.uses("sms", 5, "2026-05-02 10:15", id="a").uses("sms", 9, "2026-05-02 10:30", id="b")
    assert gone(acme, "b") is True
    assert hour_values() == [(1, "5", "13500", "5", "5", "5")]
    assert gone(acme, "a") is True
    assert hour_values() == [(0, "0", "0", None, None, None)]
    # What comes in afterwards counts as if the hour had been empty.
    acme.uses("sms", "2", "2026-05-02 10:00", id="c")
    assert hour_values() == [(1, "2", "7200", "2", "2", "2")]
    assert UsageEvent.objects.count() == 3
    (entry, _) = AuditEntry.objects.filter(verb="usage.correct").order_by("pk")
    assert (entry.subject, entry.actor, entry.detail["first"]) == (acme.row.public_id, "ada", "test/b")


def test_the_same_again_changes_nothing_and_another_correction_is_refused(acme: Party) -> None:
    acme.uses("sms", 5, "2026-05-02", id="a")
    assert [gone(acme, "a"), gone(acme, "a")] == [True, False]
    acts: list[Callable[[], bool]] = [
        lambda: gone(acme, "a", "something else"),
        lambda: change(acme.row, "test", "a", acme.draft("sms", 4, id="n"), reason="sent twice", door="test"),
    ]
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "already_corrected"
    assert [(c.kind, c.reason) for c in UsageCorrection.objects.all()] == [("cancelled", "sent twice")]
    assert [UsageEvent.objects.count(), AuditEntry.objects.filter(verb="usage.correct").count()] == [1, 1]
    # Sent again the event is a repeat, and stays cancelled.
    acme.uses("sms", 5, "2026-05-02", id="a")
    assert acme.last is not None and str(acme.last.outcomes[0]) == "repeated"
    assert hour_values()[0][0] == 0


def test_a_changed_event_is_another_one(acme: Party) -> None:
    acme.uses("sms", 50, "2026-05-02 10:15", id="a")
    new = acme.draft("sms", 5, "2026-05-02 11:00", id="a-2")
    arguments: Any = {"reason": "ten times too much", "door": "test"}
    assert [change(acme.row, "test", "a", new, **arguments), change(acme.row, "test", "a", new, **arguments)] == [
        True,
        False,
    ]
    assert hour_values() == [(0, "0", "0", None, None, None), (1, "5", "18000", "5", "5", "5")]
    (made,) = UsageCorrection.objects.all()
    assert (made.kind, made.event_id, made.replaced_by) == ("changed", "a", "a-2")
    with pytest.raises(Refused, match="corrected before in another way"):
        change(acme.row, "test", "a", new._replace(quantity=new.quantity + 1), **arguments)
    # The replacement is an event like any other.
    assert gone(acme, "a-2", "not at all") is True
    assert change(acme.row, "test", "a", new, **arguments) is False
    assert hour_values()[1][0] == 0


def test_what_cannot_be_corrected(acme: Party, world: World) -> None:
    bolt = world.customer("bolt")
    acme.uses("sms", 5, "2026-05-02", id="a").uses("sms", 6, "2026-05-02", id="b").uses("sms", 6, "2026-05-02", id="c")
    gone(acme, "c")
    with pytest.raises(NotFound) as missing:
        gone(bolt, "a")
    assert missing.value.code == "event_not_found"
    of = acme.row.public_id

    def problems(*corrections: Correction) -> list[tuple[int | None, str, str]]:
        with pytest.raises(Invalid) as invalid:
            correct(corrections, door="test")
        return [(p.row, p.field, p.code) for p in invalid.value.problems]

    good = Correction(of, "test", "a", "why", None)
    new = acme.draft("sms", 1, "2026-05-03", id="n")
    assert problems(good, good._replace(customer="cus_none"), good._replace(event_id="z")) == [
        (2, "customer", "customer_not_found"), (3, "id", "event_not_found"),
    ]  # fmt: skip
    assert problems(good, good._replace(replacement=new._replace(meter="fax", quantity=new.quantity))) == [
        (2, "replacement.meter", "meter_not_found")
    ]
    wrong = {
        "replacement_same": new._replace(event_id="a"),
        "replacement_corrected": new._replace(event_id="c"),
        "replacement_elsewhere": new._replace(source="other"),
    }
    for code, replacement in wrong.items():
        assert [p[2] for p in problems(good._replace(replacement=replacement))] == [code]
    # Cancelled in the same breath.
    both = problems(good._replace(replacement=new._replace(event_id="b")), good._replace(event_id="b"))
    assert both == [(1, "replacement.id", "replacement_corrected")]
    with pytest.raises(Refused) as taken:
        correct([good._replace(replacement=new._replace(event_id="b"))], door="test")
    assert taken.value.code == "replacement_taken"
    assert [UsageCorrection.objects.count(), UsageEvent.objects.count()] == [1, 3]


def test_a_cancelled_resource_was_never_there(acme: Party, world: World) -> None:
    acme.uses("vm", 1, "2026-05-02 10:00", id="a", resource="x").uses("vm", 1, "2026-05-02 10:10", id="b", resource="x")
    acme.uses("vm", 1, "2026-05-02 10:00", id="c", resource="y")
    gone(acme, "a")
    gone(acme, "c")
    assert [(t.resource, t.added, t.first_at.minute) for t in UsageThing.objects.all()] == [("x", 1, 10)]
    world.on("2026-06-01").charge()
    assert acme.charges == [("vm", "1", "5")]


def test_cancelled_after_the_invoice_it_is_charged_back_and_explained(acme: Party, world: World) -> None:
    acme.uses("sms", 100, "2026-05-02", id="a").uses("sms", 30, "2026-05-03", id="b")
    world.on("2026-06-01").close()
    world.on("2026-06-02")
    acme.uses("sms", 1000, "2026-06-02")
    gone(acme, "b", "a test of ours")
    new = acme.draft("sms", 10, "2026-05-02", id="a-2")
    change(acme.row, "test", "a", new, reason="ten times too much", door="test", actor="ada")
    world.on("2026-07-01").close()
    assert sorted(acme.charges) == [("sms", "-120", "-12"), ("sms", "1000", "100"), ("sms", "130", "13")]
    revision = Charge.objects.get(revision=2)
    assert revision.reason == "1 event cancelled: a test of ours; 1 event changed: ten times too much"
    assert [e.event_id for e in events_behind(revision)] == ["a-2"]
    assert acme.totals == ["15.99", "108.24"]
    told = next(explain_line(line) for line in acme.invoices[1].lines.order_by("net"))
    assert told.use is not None
    assert [told.net, told.use.events, [event.id for event in told.use.first]] == [-12, 1, ["a-2"]]
    assert [charge.reason for charge in told.charges] == ["", revision.reason]
    # The line that was issued before still says what it was made of.
    first = explain_line(acme.invoices[0].lines.get())
    assert first.use is not None
    assert [first.use.quantity, first.use.events, [e.id for e in first.use.first]] == [130, 2, ["a", "b"]]


def test_a_late_event_beside_a_cancelled_one_is_told_too(acme: Party, world: World) -> None:
    acme.uses("sms", 100, "2026-05-02", id="a")
    world.on("2026-06-01").close()
    gone(acme, "a")
    acme.uses("sms", 7, "2026-05-02", id="late")
    world.on("2026-06-02").charge()
    assert acme.charges[1:] == [("sms", "-93", "-9.3")]
    assert Charge.objects.get(revision=2).reason == "1 event cancelled: sent twice; late use"
    world.on("2026-06-03").charge()
    acme.uses("sms", 1, "2026-05-02")
    world.charge()
    assert Charge.objects.get(revision=3).reason == "late or changed use"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["event", "cancellation"])
def test_an_event_that_comes_in_while_one_of_its_hour_is_cancelled_counts_once(
    world: World, at_once: Callable[..., list[Any]], first: str
) -> None:
    # Tried: without FOR UPDATE in `hold_borders` the hour is rolled up without the event that is being stored.
    world.meter("sms")
    acme = world.customer().uses("sms", 5, "2026-05-02 10:15", id="a").uses("sms", 8, "2026-05-02 10:15", id="b")
    begun, over = Signal(), Signal()
    coming = acme.draft("sms", 3, "2026-05-02 10:20", id="c")

    def slowly() -> None:
        try:
            with transaction.atomic():
                if first == "event":
                    acme.sends(coming)
                else:
                    gone(acme, "a")
                begun.set()
                assert not over.wait(0.5)  # the other one waits for this transaction
        finally:
            begun.set()
            connection.close()

    slow = Thread(target=slowly)
    slow.start()
    assert begun.wait(10)
    if first == "event":
        gone(acme, "a")
    else:
        acme.sends(coming)
    over.set()
    slow.join()
    assert hour_values() == [(2, "11", "28800", "8", "3", "3")]


@pytest.mark.django_db(transaction=True)
def test_cancelled_by_several_at_once_it_is_cancelled_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    world.meter("sms")
    acme = world.customer().uses("sms", 5, "2026-05-02", id="a").uses("sms", 5, "2026-05-02", id="b")
    drafts = [acme.draft("sms", 1, "2026-05-02") for _ in range(4)]
    done = at_once(*4 * [lambda: gone(acme, "a")], *(lambda d=d: acme.sends(d) for d in drafts))
    assert sorted(d for d in done if isinstance(d, bool)) == [False, False, False, True]
    assert hour_values()[0][:2] == (5, "9")


def test_what_check_books_says_of_broken_corrections(acme: Party, breaking: Callable[..., str]) -> None:
    acme.uses("sms", 5, "2026-05-02", id="a").uses("vm", 1, "2026-05-02", id="b", resource="x")
    acme.uses("sms", 7, "2026-05-02", id="c")
    gone(acme, "a")
    change(acme.row, "test", "c", acme.draft("sms", 8, "2026-05-03", id="d"), reason="why", door="test")
    assert {
        "a correction gone": breaking("DELETE FROM usage_correction WHERE event_id = 'a'"),
        "a correction of another customer's": breaking(
            "UPDATE usage_correction SET customer_id = customer_id + 1 WHERE event_id = 'a'"
        ),
        "a correction of nothing": breaking("UPDATE usage_correction SET event_id = 'z' WHERE event_id = 'a'"),
        "replaced by nothing": breaking("UPDATE usage_correction SET replaced_by = 'z' WHERE event_id = 'c'"),
        "a cancelled event counted": breaking("UPDATE usage_hour SET events = 1, total = 5 WHERE events = 0"),
        "a resource gone": breaking("DELETE FROM usage_thing"),
        "a resource too many": breaking("UPDATE usage_thing SET added = 2"),
        "a moment": breaking("UPDATE usage_hour SET moment = moment + 1 WHERE events = 1"),
        "a guard off": breaking("ALTER TABLE usage_correction DISABLE TRIGGER USER"),
    } == {
        "a correction gone": "M12 M14",
        "a correction of another customer's": "M12 M14",
        "a correction of nothing": "M12 M14",
        "replaced by nothing": "M12",
        "a cancelled event counted": "M12 M14",
        "a resource gone": "M14",
        "a resource too many": "M14",
        "a moment": "M14",
        "a guard off": "M12",
    }
