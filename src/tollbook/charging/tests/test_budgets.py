"""A customer's budget: told at each step of it, replaced as a whole, shown with what is spent."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tollbook.api.tests.conftest import customer_key
from tollbook.charging.alerts import alert, of_customer, tell_due
from tollbook.charging.alerts import told as alerts_told
from tollbook.charging.budgets import at_a_glance, budget_of, set_budget
from tollbook.charging.models import SpendAlert
from tollbook.charging.rules import Threshold
from tollbook.charging.tests.test_alerts import told, using
from tollbook.customers.tests.people import cast, queries, reader, text
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.site.tests.world import World

D = Decimal


def live(customer: Any) -> list[tuple[str, str]]:
    return [(f"{each.percent:f}", f"{each.budget:.2f}") for each in of_customer(customer)]


def test_each_step_is_told_once_a_month(world: World) -> None:
    acme = using(world)
    assert set_budget(acme.row, D(50), actor="mara", door="portal") == Money(D(50), "EUR") == budget_of(acme.row)
    # 40 of 50 are spent.
    assert [tell_due(), tell_due(), told()] == [2, 0, [("2026-05", "25", "40"), ("2026-05", "40", "40")]]
    acme.uses("gb", 10, "2026-05-09")
    assert [tell_due(), told()[-1]] == [1, ("2026-05", "50", "50")]


def test_another_budget_replaces_all_its_steps_and_nothing_else(world: World) -> None:
    acme = using(world)
    alert(acme.row, Threshold(amount=D(25)))
    alert(acme.row, Threshold(percent=D(80), budget=D(50)), subscription=acme.subscriptions["cloud"])
    alert(acme.row, Threshold(percent=D(90), budget=D(50)))
    set_budget(acme.row, D(50))
    set_budget(acme.row, D(60))
    set_budget(acme.row, D("60.00"))
    steps = [(each.percent, each.budget) for each in of_customer(acme.row) if each.budget == 60]
    assert steps == [(50, 60), (80, 60), (100, 60)]
    assert [of_customer(acme.row).count(), SpendAlert.objects.count()] == [6, 9]
    assert set_budget(acme.row, None) is budget_of(acme.row) is None
    assert of_customer(acme.row).count() == 3
    entries = AuditEntry.objects.filter(verb="budget.set", customer_id=acme.row.pk).order_by("pk")
    assert [each.detail["amount"] for each in entries] == ["50", "60", ""]


@pytest.mark.parametrize(
    ("amount", "code"), [("0", "amount_not_positive"), ("-5", "amount_not_positive"), ("5.001", "too_many_places")]
)
def test_what_is_no_budget(world: World, amount: str, code: str) -> None:
    acme = world.customer()
    set_budget(acme.row, D(50))
    with pytest.raises(Refused) as refused:
        set_budget(acme.row, D(amount))
    assert [refused.value.code, budget_of(acme.row), SpendAlert.objects.count()] == [code, Money(D(50), "EUR"), 3]


def test_where_no_alert_fits_any_more_the_old_budget_stays(world: World) -> None:
    acme = world.customer()
    set_budget(acme.row, D(50))
    for number in range(47):
        alert(acme.row, Threshold(amount=D(number + 1)))
    # What the old budget gives up makes room for the new one.
    set_budget(acme.row, D(60))
    set_budget(acme.row, None)
    alert(acme.row, Threshold(amount=D(100)))
    with pytest.raises(Refused, match="at most 50"):
        set_budget(acme.row, D(70))
    assert [budget_of(acme.row), of_customer(acme.row).count()] == [None, 48]


@pytest.mark.django_db(transaction=True)
def test_budgets_set_at_once_leave_one(world: World, at_once: Callable[..., list[Any]]) -> None:
    """Tried: without the customer's lock in `set_budget` steps of several budgets stand."""
    acme = using(world)
    at_once(*[lambda amount=amount: set_budget(acme.row, D(amount)) for amount in (50, 60, 70, 80)])
    found = budget_of(acme.row)
    assert found is not None
    assert live(acme.row) == [(step, f"{found.amount:.2f}") for step in ("50.00", "80.00", "100.00")]


def test_in_the_portal(world: World) -> None:
    acme = using(world)
    people, page = cast(acme.row, world.customer("bolt").row), "/portal/spend-alerts/"
    assert "Have none" not in text(people.owner, page)
    before = queries(people.owner, "/portal/")
    people.owner.post(page, {"month_budget": "50"})
    shown = text(people.owner, page)
    assert ["€40.00 of €50.00" in shown, "€10.00 left" in shown, "No alerts yet" in shown] == [True] * 3
    overview = text(people.colleague, "/portal/")
    assert "€40.00 of the month's budget of €50.00 spent" in overview.replace("&#x27;", "'")
    assert queries(people.owner, "/portal/") <= before + 1
    acme.uses("gb", 11, "2026-05-09")
    assert "more than the budget" in text(people.owner, page)
    for wrong in ("", "x", "-1", "1.005"):
        answer = people.owner.post(page, {"month_budget": wrong}, follow=True)
        assert [answer.status_code, budget_of(acme.row)] == [200, Money(D(50), "EUR")]
    people.owner.post(page, {"month_budget": "50", "none": "true"})
    assert [budget_of(acme.row), of_customer(acme.row).count()] == [None, 0]
    assert people.colleague.post(page, {"month_budget": "1"}).status_code == 404
    technical = reader(acme.row, "technical")
    assert [technical.post(page, {"month_budget": "1"}).status_code, budget_of(acme.row)] == [404, None]


def test_at_a_glance_is_what_is_asked_for_singly(world: World) -> None:
    acme, may = using(world), date(2026, 5, 1)
    assert at_a_glance(acme.row, may) == (None, [])
    set_budget(acme.row, D(50))
    set_budget(world.customer("bolt").row, D(10))
    alert(acme.row, Threshold(amount=D(30)), subscription=acme.subscriptions["cloud"])
    tell_due()
    budget, now = at_a_glance(acme.row, may)
    assert budget == budget_of(acme.row) == Money(D(50), "EUR")
    assert now == list(alerts_told(acme.row, may))
    assert [(each.spent, each.alert.limit) for each in now] == [(40, 30), (40, 40), (40, 25)]
    # What was told stays told when its alert has ended; of another month it is not asked.
    set_budget(acme.row, None)
    assert at_a_glance(acme.row, may) == (None, now)
    assert at_a_glance(acme.row, date(2026, 6, 1)) == (None, [])


def test_over_the_api(world: World) -> None:
    acme = using(world)
    mine, path = customer_key(acme.row.pk), f"/customers/{acme.row.public_id}/budget"
    empty = {"customer": acme.row.public_id, "budget": None, "month": "2026-05-01", "told_at_percent": []}
    spent = {"spent": {"amount": "40.00", "currency": "EUR"}}
    assert mine.get(path).json() == empty | spent
    wanted = empty | spent | {"budget": {"amount": "50.00", "currency": "EUR"}, "told_at_percent": ["50", "80", "100"]}
    assert [mine.put(path, {"amount": "50"}).json(), mine.put(path, {"amount": "50"}).json()] == [wanted, wanted]
    assert mine.get(path).json() == wanted
    assert mine.put(path, {"amount": "0"}).json()["code"] == "amount_not_positive"
    assert mine.put(path, {"amount": None}).json()["budget"] is None
    other = customer_key(world.customer("bolt").row.pk)
    assert [other.get(path).status_code, other.put(path, {"amount": "1"}).status_code] == [404, 404]
