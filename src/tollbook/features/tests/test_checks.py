"""Contradictions are refused wherever they would hold, and changes can be undone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tollbook.base import clock
from tollbook.customers.settings import least_over_most
from tollbook.features.actions import set_value, undo
from tollbook.features.checks import Answer, clashes
from tollbook.features.models import FeatureValue
from tollbook.features.queries import Scope, value
from tollbook.features.registry import Level
from tollbook.features.types import amount_of, whole, words
from tollbook.features.values import from_text, to_text
from tollbook.kernel.errors import NotFound, Refused
from tollbook.site.tests.world import World

SIGNUP, PAYMENT = "customers.signup_payment", "portal.payment"
WHMCS, OVERDUE, HOURLY = "customers.whmcs_billing", "subscriptions.suspend_overdue", "charging.prepaid_hourly"
DAY = timedelta(days=1)


def refused(key: str, given: Any, **more: Any) -> Refused:
    """Why the change is refused; nothing is stored of it."""
    before = FeatureValue.objects.count()
    with pytest.raises(Refused) as why:
        set_value(key, given, **more)
    assert FeatureValue.objects.count() == before
    return why.value


def test_a_contradiction_names_both_settings(world: World) -> None:
    set_value(PAYMENT, False)
    why = refused(SIGNUP, True)
    assert why.code == "settings_contradict"
    assert SIGNUP in why.message and PAYMENT in why.message
    set_value(PAYMENT, True)
    set_value(SIGNUP, True)
    assert refused(PAYMENT, False).code == "settings_contradict"


def test_it_is_looked_for_below_too(world: World) -> None:
    """What is right for everybody can contradict what one brand, group or customer has."""
    acme = world.customer("acme").row
    set_value(SIGNUP, True, level=Level.BRAND, scope_id=world.brand.public_id)
    why = refused(PAYMENT, False)
    assert world.brand.public_id in why.message
    # For a customer of the brand the brand's value counts.
    assert refused(PAYMENT, False, level=Level.CUSTOMER, scope_id=acme.public_id).code == "settings_contradict"
    set_value(SIGNUP, False, level=Level.CUSTOMER, scope_id=acme.public_id)
    set_value(PAYMENT, False, level=Level.CUSTOMER, scope_id=acme.public_id)
    # Taking the customer's value back would make the brand's count.
    taken = refused(SIGNUP, None, level=Level.CUSTOMER, scope_id=acme.public_id)
    assert acme.public_id in taken.message


def test_it_is_looked_for_ahead_too(world: World) -> None:
    set_value(SIGNUP, True, valid_from=world.now + DAY)
    assert refused(PAYMENT, False).code == "settings_contradict"
    # Portal payment that is on again by then contradicts nothing.
    set_value(PAYMENT, True, valid_from=world.now + DAY)
    assert set_value(PAYMENT, False).value is False


@pytest.mark.parametrize(
    ("first", "then", "answer"),
    [
        ((OVERDUE, True), (WHMCS, True), Answer.REFUSE),
        ((WHMCS, False), (HOURLY, True), None),
        ((SIGNUP, False), ("customers.verification_refund", True), Answer.WARN),
        (("customers.billing_plan", "PREPAID"), (PAYMENT, False), Answer.WARN),
        (("customers.billing_plan", "POSTPAID"), ("portal.show_invoices", False), Answer.WARN),
        (("customers.billing_plan", "FLEXIBLE"), ("portal.show_invoices", False), None),
        (("charging.default_ip", False), ("charging.free_ip", True), Answer.WARN),
    ],
)
def test_what_contradicts_what(
    world: World, first: tuple[str, Any], then: tuple[str, Any], answer: Answer | None
) -> None:
    set_value(*first)
    found = clashes(*then, Level.INSTALLATION, "", clock.now())
    assert next((clash.answer for clash in found), None) == answer
    if answer is Answer.WARN:
        assert set_value(*then).key == then[0]


def test_the_least_recharge_is_not_above_the_most() -> None:
    keys = ("payments.least_recharge", "payments.most_recharge")

    def found(least: dict[str, str], most: dict[str, str]) -> str:
        return least_over_most(dict(zip(keys, (least, most), strict=True)))

    assert found({"EUR": "10"}, {"EUR": "10"}) == ""
    assert found({"EUR": "10"}, {"USD": "5"}) == ""
    told = found({"EUR": "10", "USD": "1"}, {"EUR": "9.99", "USD": "5"})
    assert told == "payments.least_recharge is 10 EUR, more than payments.most_recharge, 9.99 EUR"


def test_one_currency_needs_customers_of_one_currency(world: World) -> None:
    world.customer("acme")
    assert set_value("customers.multi_currency", False).value is False
    set_value("customers.multi_currency", None)
    bolt = world.customer("bolt", currency="USD").row
    assert bolt.public_id in refused("customers.multi_currency", False).message
    assert refused(
        "customers.multi_currency", False, level=Level.BRAND, scope_id=world.brand.public_id
    ).code == "settings_contradict"  # fmt: skip


def test_undo(world: World) -> None:
    key, scope = "portal.cost_places", Scope()
    first = set_value(key, 3)
    second = set_value(key, 4, actor="ann@staff.example")
    with pytest.raises(Refused) as older:
        undo(first.pk)
    assert older.value.code == "not_the_latest"
    back = undo(second.pk, actor="bob@staff.example")
    assert (value(key, scope), back.set_by) == (3, "bob@staff.example")
    # An undone change can come back, and the first one can be undone to the default.
    undo(back.pk)
    assert value(key, scope) == 4
    with pytest.raises(NotFound):
        undo(999_999)


def test_undo_of_what_is_to_come(world: World) -> None:
    key = "portal.cost_places"
    planned = set_value(key, 5, valid_from=world.now + DAY)
    taken = undo(planned.pk)
    assert (taken.valid_from, value(key, at=world.now + 2 * DAY)) == (planned.valid_from, 2)


@pytest.mark.parametrize(
    ("kind", "text", "data"),
    [
        (whole(0, 8), "3", 3),
        (amount_of(), "10.50 eur", {"amount": "10.50", "currency": "EUR"}),
        (words("[A-Z]{0,5}", "letters", upper=True), "sale", "sale"),
        (words("[A-Z]{0,5}", "letters", upper=True), "\N{EN DASH}", ""),
    ],
)
def test_what_people_type(kind: Any, text: str, data: Any) -> None:
    assert from_text(kind, text) == data
    typed = kind.read(data, "room.key")
    assert kind.read(from_text(kind, to_text(kind, typed)), "room.key") == typed


def test_prefixes_are_capitals() -> None:
    kind = words("[A-Z0-9-]{0,12}", "up to 12 letters, digits and hyphens", upper=True)
    assert kind.read("summer-20", "promotions.code_prefix") == "SUMMER-20"
    with pytest.raises(Refused) as wrong:
        kind.read("no blanks", "promotions.code_prefix")
    assert wrong.value.code == "feature_value_wrong"


def test_history_in_time(world: World) -> None:
    set_value("portal.cost_places", 3)
    world.on(datetime(2026, 6, 1, tzinfo=UTC))
    set_value("portal.cost_places", 4)
    assert [value("portal.cost_places", at=datetime(2026, m, 2, tzinfo=UTC)) for m in (4, 5, 6)] == [2, 3, 4]
