"""A period is charged once for a price of a phase: what the database refuses, whatever the code does."""

from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.charging.models import Charge
from tollbook.kernel.ids import new_id
from tollbook.site.tests.world import World

MAY = ("2026-05-01", "2026-06-01")
# Of the first charge, with other periods and revisions.
COPY = """
    INSERT INTO charging_charge (public_id, customer_id, subscription_id, phase_id, price_id, period_start, period_end,
        revision, reason, quantity, amount, events, currency, rated, created_at)
    SELECT n.public_id, c.customer_id, c.subscription_id, c.phase_id, c.price_id, n.period_start, n.period_end,
        n.revision, '', 1, 1, 0, c.currency, c.rated, c.created_at
    FROM charging_charge c CROSS JOIN unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::int[])
        AS n (public_id, period_start, period_end, revision)
    WHERE c.id = (SELECT min(id) FROM charging_charge)
"""
Period = tuple[str, str]


def insert(*periods: Period, revision: int = 1) -> int:
    """Insert the first charge again for these periods, in one statement; how many charges there are then."""
    rows = [(new_id("chg"), *period, revision) for period in periods]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPY, [list(column) for column in zip(*rows, strict=True)])
    return Charge.objects.count()


@pytest.fixture
def charged(world: World) -> World:
    """May, charged at two prices."""
    world.plan("cloud", world.monthly("10"), world.monthly("5", code="backup"))
    world.customer().buys("cloud", MAY[0])
    world.on(MAY[1]).charge()
    found = Charge.objects.order_by("pk").values_list("period_start", "period_end")
    assert [tuple(str(at.date()) for at in period) for period in found] == [MAY, MAY]
    return world


@pytest.mark.django_db
@pytest.mark.broken_books
@pytest.mark.parametrize(
    "periods",
    [
        [("2026-05-15", "2026-06-15")],
        [("2026-04-15", "2026-05-02")],
        [("2026-05-10", "2026-05-20")],
        [("2026-04-01", "2026-07-01")],
        [("2026-05-31T23:59:59Z", "2026-06-01")],
        [("2026-06-01", "2026-07-01"), ("2026-06-30", "2026-07-15")],
        [("2026-06-01", "2026-09-01"), ("2026-06-05", "2026-06-06"), ("2026-06-07", "2026-06-08")],
    ],
)
def test_periods_that_overlap_are_refused(charged: World, periods: list[Period]) -> None:
    with pytest.raises(IntegrityError, match="charging_charge_no_overlap"):
        insert(*periods)


@pytest.mark.django_db
@pytest.mark.broken_books
def test_what_does_not_overlap_is_stored(charged: World) -> None:
    assert insert(("2026-06-01", "2026-07-01"), ("2026-04-01", "2026-05-01"), ("2026-07-01", "2026-07-02")) == 5
    assert insert(("2026-05-01", "2026-05-20"), revision=2) == 6
    with pytest.raises(IntegrityError, match="charging_charge_no_overlap"):
        insert(("2026-06-15", "2026-06-16"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.broken_books
def test_of_two_writers_at_once_who_lock_nothing_the_second_is_refused(charged: World) -> None:
    """Fails without the lock in the trigger: neither sees the row of the other."""
    inserted, said = Event(), []

    def second() -> None:
        try:
            assert inserted.wait(20)
            insert(("2026-06-15", "2026-07-15"))
        except IntegrityError as error:
            said.append(str(error).partition(":")[0])
        finally:
            connection.close()

    other = Thread(target=second, daemon=True)
    other.start()
    with transaction.atomic():
        insert(("2026-06-01", "2026-07-01"))
        inserted.set()
        other.join(0.7)
        assert other.is_alive()
    other.join(20)
    assert (said, Charge.objects.count()) == (["charging_charge_no_overlap"], 3)
