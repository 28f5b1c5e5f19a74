"""Spend alerts: told once a month and threshold, from use as it is reported."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error

from tollbook.api.tests.conftest import customer_key
from tollbook.charging.alerts import alert, end_alert, tell_due
from tollbook.charging.models import SpendAlert, SpendTold
from tollbook.charging.rules import Threshold
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.site.tests.world import Party, World


def amount(value: str) -> Threshold:
    return Threshold(amount=Decimal(value))


def told() -> list[tuple[str, str, str]]:
    rows = SpendTold.objects.order_by("month", "limit")
    return [(f"{each.month:%Y-%m}", plain(each.limit), plain(each.spent)) for each in rows]


def using(world: World) -> Party:
    """10 EUR a month ahead, and 1 EUR for each of 30 GB used by 10 May."""
    world.meter("gb").plan("cloud", world.monthly("10", in_advance=True), world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", 30, "2026-05-03")
    world.on("2026-05-10").charge()
    return acme


def test_what_is_reached_is_told_once_a_month(world: World) -> None:
    acme = using(world)
    for limit in ("25", "40", "40.01"):
        alert(acme.row, amount(limit))
    assert [tell_due(), tell_due()] == [2, 0]
    assert told() == [("2026-05", "25", "40"), ("2026-05", "40", "40")]
    acme.uses("gb", "0.01", "2026-05-09")
    assert [tell_due(), told()[-1]] == [1, ("2026-05", "40.01", "40.01")]
    world.on("2026-06-01").close()
    assert tell_due() == 0
    acme.uses("gb", 20, "2026-06-02")
    world.on("2026-06-03")
    assert [tell_due(), told()[3:]] == [1, [("2026-06", "25", "30")]]


def test_a_percentage_of_a_budget(world: World) -> None:
    acme = using(world)
    alert(acme.row, Threshold(percent=Decimal(80), budget=Decimal(50)))
    alert(acme.row, Threshold(percent=Decimal(81), budget=Decimal(50)))
    assert [tell_due(), told()] == [1, [("2026-05", "40", "40")]]


def test_of_one_subscription(world: World) -> None:
    acme = using(world)
    world.plan("extra", world.monthly("7", in_advance=True))
    acme.buys("extra", "2026-05-01")
    world.charge()
    alert(acme.row, amount("7"), subscription=acme.subscriptions["extra"])
    alert(acme.row, amount("8"), subscription=acme.subscriptions["extra"])
    alert(acme.row, amount("47"))
    assert [tell_due(), told()] == [2, [("2026-05", "7", "7"), ("2026-05", "47", "47")]]


def test_late_use_of_the_last_month_is_told_of_that(world: World) -> None:
    acme = using(world)
    alert(acme.row, amount("45"))
    world.on("2026-06-01").close()
    acme.uses("gb", 5, "2026-05-20")
    world.on("2026-06-02").charge()
    # Nothing of May runs any more: it is over, and its bill is written.
    assert tell_due() == 0


def test_a_period_that_began_last_month_counts_in_that(world: World) -> None:
    world.meter("gb").plan("cloud", world.metered("gb", "1"))
    acme = world.customer().buys("cloud", "2026-05-20", alignment="anchor")
    alert(acme.row, amount("5"))
    acme.uses("gb", 6, "2026-06-02")
    world.on("2026-06-03")
    assert [tell_due(), told()] == [1, [("2026-05", "5", "6")]]


def test_ended_it_is_told_no_more(world: World) -> None:
    acme = using(world)
    made = alert(acme.row, amount("25"))
    assert alert(acme.row, amount("25")) == made
    end_alert(acme.row, made.public_id)
    assert [tell_due(), end_alert(acme.row, made.public_id).ended_at] == [0, world.now]
    assert alert(acme.row, amount("25")) != made
    with pytest.raises(NotFound, match="there is no spend alert"):
        end_alert(world.customer("bolt").row, made.public_id)


def test_neither_alerts_nor_what_was_told_change(world: World) -> None:
    acme = using(world)
    alert(acme.row, amount("25"))
    tell_due()
    with transaction.atomic(), pytest.raises(Error, match="frozen column"):
        SpendAlert.objects.update(amount=1)
    with transaction.atomic(), pytest.raises(Error, match="append_only"):
        SpendTold.objects.update(spent=1)
    with pytest.raises(Error, match="spend_alert_no_delete"), transaction.atomic():
        SpendAlert.objects.all()._raw_delete("default")


def test_the_database_tells_of_a_month_once(world: World) -> None:
    alert(using(world).row, amount("25"))
    tell_due()
    told = SpendTold.objects.get()
    told.pk = None
    with pytest.raises(Error, match="charging_spend_told_once"), transaction.atomic():
        told.save(force_insert=True)
    half = SpendAlert.objects.get()
    half.pk, half.public_id, half.percent = None, "alr_x", Decimal(1)
    with pytest.raises(Error, match="charging_spend_alert_threshold"), transaction.atomic():
        half.save(force_insert=True)


@pytest.mark.parametrize(
    ("threshold", "code"),
    [
        (Threshold(), "threshold_incomplete"),
        (Threshold(percent=Decimal(80)), "threshold_incomplete"),
        (Threshold(amount=Decimal(1), budget=Decimal(1)), "threshold_incomplete"),
        (Threshold(amount=Decimal(1), percent=Decimal(1), budget=Decimal(1)), "threshold_incomplete"),
        (Threshold(amount=Decimal(0)), "amount_not_positive"),
        (Threshold(percent=Decimal(-1), budget=Decimal(1)), "amount_not_positive"),
    ],
)
def test_what_is_no_threshold(world: World, threshold: Threshold, code: str) -> None:
    with pytest.raises(Refused) as refused:
        alert(world.customer().row, threshold)
    assert [refused.value.code, SpendAlert.objects.count()] == [code, 0]


def test_another_customers_subscription_and_too_many(world: World) -> None:
    acme, bolt = using(world), world.customer("bolt")
    with pytest.raises(Refused, match="is another customer's"):
        alert(bolt.row, amount("1"), subscription=acme.subscriptions["cloud"])
    for number in range(50):
        alert(bolt.row, amount(str(number + 1)))
    with pytest.raises(Refused, match="at most 50"):
        alert(bolt.row, amount("51"))


@pytest.mark.django_db(transaction=True)
def test_the_same_alert_at_once_is_one(world: World, at_once: Callable[..., list[Any]]) -> None:
    """Tried: without the customer's lock in `alert` there are several."""
    acme = using(world)
    found = at_once(*[lambda: alert(acme.row, amount("25")).pk] * 8)
    assert set(found) == {SpendAlert.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_tell_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    acme = using(world)
    for limit in ("25", "40"):
        alert(acme.row, amount(limit))
    assert sum(at_once(*[tell_due] * 8)) == 2
    assert [limit for _, limit, _ in told()] == ["25", "40"]


def test_in_both_portals(world: World, portal: Any) -> None:
    acme = using(world)
    see = portal(acme.row)
    page = "/portal/spend-alerts/"
    assert "No alerts yet" in see.owner.get(page).content.decode()
    see.owner.post(page, {"percent": "80", "budget": "50"})
    see.owner.post(page, {"amount": "39", "subscription": acme.subscriptions["cloud"].public_id})
    assert (
        "give an amount, or percent and budget" in see.owner.post(page, {"percent": "1"}, follow=True).content.decode()
    )
    assert SpendAlert.objects.count() == 2
    tell_due()
    shown = see.owner.get(page).content.decode()
    assert [word in shown for word in ("€40.00 (80 % of €50.00)", "€40.00 so far", "Cloud: €40.00")] == [True] * 3
    assert "Spend of May has reached an alert" in see.owner.get("/portal/").content.decode()
    assert "told May 2026" not in see.read(f"/staff/customers/{acme.row.public_id}/")
    assert "Spend alerts" in see.read(f"/staff/customers/{acme.row.public_id}/")
    first = SpendAlert.objects.order_by("pk")[0]
    see.owner.post(page, {"end": first.public_id})
    assert SpendAlert.objects.filter(ended_at__isnull=True).count() == 1


def test_over_the_api(world: World) -> None:
    acme = using(world)
    mine, path = customer_key(acme.row.pk), f"/customers/{acme.row.public_id}/spend-alerts"
    made = mine.post(path, {"percent": "80", "budget": "50.00"})
    assert [made.status_code, made.json()["limit"], made.json()["percent"]] == [
        201, {"amount": "40.00", "currency": "EUR"}, "80",
    ]  # fmt: skip
    tell_due()
    (shown,) = mine.get(path).json()
    assert [(each["month"], each["spent"]["amount"]) for each in shown["told"]] == [("2026-05-01", "40.00")]
    ended = mine.post(f"/spend-alerts/{shown['id']}/end", {})
    assert [ended.json()["ended_at"] is not None, mine.get(path).json()] == [True, []]
    assert mine.post(path, {"percent": "80"}).json()["code"] == "threshold_incomplete"
    other = customer_key(world.customer("bolt").row.pk)
    assert [other.get(path).status_code, other.post(path, {"amount": "1"}).status_code] == [404, 404]
