"""Controls: charges that are lost, doubled or wrong on purpose are exactly what check-books reports."""

from collections.abc import Callable
from typing import Any

from tollbook.site.tests.world import World

SMS = "price_id = (SELECT id FROM catalog_price WHERE code = 'sms')"
FEE = "price_id = (SELECT id FROM catalog_price WHERE code = 'fee')"
# A new event of {of} on {meter} in an hour that charging is said to have seen ({pending}).
EVENT = """
    INSERT INTO usage_event (customer_id, source, event_id, payload_hash, meter_id, subscription_id, quantity, at,
                             bucket, dims, resource, batch_id)
    SELECT c.id, 'test', 'new', '', m.id, 0, 1, '{at}', '{at}', '', '', (SELECT min(id) FROM usage_batch)
    FROM customers_customer c, metering_meter m WHERE c.reference = '{of}' AND m.code = '{meter}'
"""
ROLLED = """
    INSERT INTO usage_hour (customer_id, subscription_id, meter_id, dims, hour, events, total, moment, peak, low, last,
                            last_at, pending)
    SELECT customer_id, 0, meter_id, '', bucket, 1, 1, 3600, 1, 1, 1, at, {pending} FROM usage_event WHERE event_id = 'new'
"""
BATCH = "UPDATE usage_batch SET accepted = accepted + 1 WHERE id = (SELECT min(id) FROM usage_batch)"


def use(of: str, meter: str, at: str, pending: str) -> Any:
    return EVENT.format(of=of, meter=meter, at=at), ROLLED.format(pending=pending), BATCH


def test_use_that_is_lost_is_reported(busy: World, breaking: Callable[..., str]) -> None:
    busy.meter("fax")
    assert {
        "seen, in a period that has no charge": breaking(*use("acme", "sms", "2026-06-12 00:00+00", "false")),
        "waiting, in a period that is not over": breaking(*use("bolt", "air", "2026-08-02 00:00+00", "true")),
        "seen, in a period that is charged without it": breaking(*use("bolt", "air", "2026-05-03 00:00+00", "false")),
        "waiting since long before the close": breaking(*use("bolt", "air", "2026-05-03 00:00+00", "true")),
        "of a meter without a price": breaking(*use("acme", "fax", "2026-05-12 00:00+00", "true")),
        "of a meter without a price, in a period that is not over": breaking(
            *use("acme", "fax", "2026-07-12 00:00+00", "true")
        ),
        "before the customer had a subscription": breaking(*use("acme", "sms", "2026-05-02 00:00+00", "true")),
    } == {
        "seen, in a period that has no charge": "M12",
        "waiting, in a period that is not over": "",
        "seen, in a period that is charged without it": "M13",
        "waiting since long before the close": "M12",
        "of a meter without a price": "M12",
        "of a meter without a price, in a period that is not over": "",
        "before the customer had a subscription": "",
    }


def test_what_is_broken_is_what_is_reported(busy: World, breaking: Callable[..., str]) -> None:
    discount = (
        "UPDATE charging_charge SET rated = jsonb_set(rated, '{{lines,1,amount}}', '\"{}\"') WHERE {} AND revision = 1"
    )
    assert {
        "a quantity": breaking(f"UPDATE charging_charge SET quantity = quantity + 1 WHERE {SMS} AND revision = 1"),
        "a count of events": breaking(f"UPDATE charging_charge SET events = events + 1 WHERE {SMS} AND revision = 1"),
        "another price than the use has": breaking(
            f"UPDATE charging_charge SET price_id = (SELECT id FROM catalog_price WHERE code = 'air') WHERE {SMS}"
        ),
        "an amount": breaking(f"UPDATE charging_charge SET amount = amount + 1 WHERE {FEE} AND revision = 1"),
        "a correction of nothing": breaking("UPDATE charging_charge SET corrects_id = NULL WHERE revision = 2"),
        "a revision skipped": breaking("UPDATE charging_charge SET revision = 4 WHERE revision = 3 OR revision = 2"),
        "a draw": breaking(
            "UPDATE charging_draw SET amount = amount + 1 WHERE charge_id = (SELECT min(charge_id) FROM charging_draw)"
        ),
        "an overlap": breaking(f"UPDATE charging_charge SET period_end = period_end + interval '1 day' WHERE {FEE}"),
        "a hole": breaking(
            f"UPDATE charging_charge SET period_start = period_start + interval '1 day' WHERE {FEE} "
            "AND period_start > '2026-06-15'"
        ),
        "a late beginning": breaking(
            f"UPDATE charging_charge SET period_start = period_start + interval '1 day' WHERE {FEE} "
            "AND period_start < '2026-05-15'"
        ),
        "a last period that is not charged": breaking(
            "ALTER TABLE charging_charge DROP CONSTRAINT charging_charge_period",
            f"UPDATE charging_charge SET period_end = period_end - interval '31 days' WHERE {FEE} "
            "AND period_start > '2026-06-15'",
        ),
        "a one-time price charged again": breaking("UPDATE catalog_price SET kind = 'one_time' WHERE code = 'support'"),
        "a discount that adds": breaking(discount.format("1", SMS)),
        "a discount of more than there is": breaking(discount.format("-7", SMS)),
    } == {
        "a quantity": "M13 M16",
        "a count of events": "M13",
        "another price than the use has": "M12 M13 M19",
        "an amount": "M13 M16",
        "a correction of nothing": "M15",
        "a revision skipped": "M15",
        "a draw": "M16",
        "an overlap": "M19",
        "a hole": "M19",
        "a late beginning": "M19",
        "a last period that is not charged": "M19",
        "a one-time price charged again": "M19",
        "a discount that adds": "M13 M22",
        "a discount of more than there is": "M13 M22",
    }


def changed(world: World) -> None:
    """A plan changed in the past over a closed period and once more today, with use in both."""
    world.meter("sms")
    world.plan("old", world.once("5"), world.monthly("31", in_advance=True), world.metered("sms", "1"))
    world.plan("new", world.monthly("62", "large", in_advance=True), world.metered("sms", "2", "dear"))
    acme = world.customer().buys("old").uses("sms", 10, "2026-05-03").uses("sms", 100, "2026-05-20")
    world.on("2026-06-10").close()
    acme.changes("old", "new", "2026-05-16")
    world.charge()
    acme.changes("old", "old")
    world.close()


PHASE = "UPDATE subscriptions_phase SET {} WHERE number = {}"


def test_phases_that_are_wrong_are_reported(world: World, breaking: Callable[..., str]) -> None:
    changed(world)
    void = "(rated ->> 'void')::boolean"
    assert {
        "nothing": breaking(),
        "a hole in the numbers": breaking(PHASE.format("number = 4", 3)),
        "a first phase that begins later": breaking(PHASE.format("starts_at = starts_at + interval '1 hour'", 1)),
        "a phase before the subscription": breaking(PHASE.format("starts_at = '2026-04-01'", 2)),
        "a change that moved after it was charged": breaking(PHASE.format("starts_at = '2026-05-18'", 2)),
        "a change that was lost": breaking("DELETE FROM subscriptions_phase WHERE number = 3"),
        "a version that does not count now": breaking(
            "UPDATE subscriptions_subscription SET version_id = (SELECT version_id FROM subscriptions_phase "
            "WHERE number = 2)"
        ),
        "a charge of another phase": breaking(
            "UPDATE charging_charge SET phase_id = (SELECT id FROM subscriptions_phase WHERE number = 2) "
            "WHERE price_id = (SELECT id FROM catalog_price WHERE code = 'setup')"
        ),
        "a credit that is missing": breaking(
            f"UPDATE charging_charge SET amount = 0, quantity = 0, rated = rated - 'void' WHERE {void}"
        ),
        "a change that waits for ever": breaking(
            "UPDATE subscriptions_subscription SET recharge_from = '2026-05-20', due_at = '2026-06-01'"
        ),
        "a change that waits for its time": breaking(
            "UPDATE subscriptions_subscription SET recharge_from = '2026-06-20'"
        ),
    } == {
        "nothing": "",
        "a hole in the numbers": "M19",
        "a first phase that begins later": "M19",
        "a phase before the subscription": "M12 M13 M19",
        "a change that moved after it was charged": "M19",
        "a change that was lost": "M19",
        "a version that does not count now": "M19",
        "a charge of another phase": "M19",
        "a credit that is missing": "M13 M16 M19",
        "a change that waits for ever": "M19",
        "a change that waits for its time": "",
    }  # fmt: skip
