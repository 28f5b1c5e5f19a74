"""Policies: each field is inherited by itself, history stays, contradictions are refused."""

from collections.abc import Callable
from typing import Any

import pytest

from tollbook.customers.models import CustomerGroup
from tollbook.dunning.models import PolicyValue
from tollbook.dunning.policies import Subject, load, say, subject_at
from tollbook.dunning.policy import FIELDS, Level
from tollbook.dunning.policy_text import as_text, from_text
from tollbook.dunning.tests.conftest import Debtor
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Invalid, NotFound, Refused
from tollbook.site.tests.world import World

Make = Callable[..., Debtor]
Policy = Callable[..., None]


def effective(subject: Subject, *keys: str) -> list[tuple[str, str]]:
    """(value, level that says it) of some fields."""
    found = [load().fields(subject)[key] for key in keys]
    return [(as_text(each.field, each.value), each.place[0].value if each.place else "") for each in found]


def test_each_field_is_inherited_by_itself(world: World, policy: Policy, debtor: Make) -> None:
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    acme = debtor(close=False, group=group)
    rent = acme.party.subscriptions["rent"]
    product = rent.version.plan.product
    whole = subject_at(Level.SERVICE, rent.public_id)
    assert whole == Subject(
        world.brand.public_id, group.public_id, product.public_id, acme.row.public_id, rent.public_id
    )
    assert effective(whole, "suspend_after", "retries") == [("off", ""), ("none", "")]
    policy(suspend_after="10", terminate_after="60", retries="1")
    policy(Level.GROUP, group.public_id, suspend_after="20", retries="2")
    policy(Level.PRODUCT, product.public_id, suspend_after="30")
    policy(Level.CUSTOMER, acme.row.public_id, suspend_after="40")
    policy(Level.SERVICE, rent.public_id, suspend_after="50")
    expected = ["50 service", "40 customer", "30 product", "20 group", "10 brand"]
    found = []
    for level, name in whole.chain():
        found.append(" ".join(effective(whole, "suspend_after")[0]))
        say(level, name, {"suspend_after": None})
    assert found == expected
    assert effective(whole, "suspend_after", "terminate_after", "retries") == [
        ("off", ""),
        ("60", "brand"),
        ("2", "group"),
    ]


def test_a_group_an_other_customer_and_an_other_product_are_not_touched(
    world: World, policy: Policy, debtor: Make
) -> None:
    acme, bolt = debtor("acme", close=False), debtor("bolt", close=False)
    policy(Level.CUSTOMER, acme.row.public_id, suspend_after="5")
    assert effective(subject_at(Level.CUSTOMER, acme.row.public_id), "suspend_after") == [("5", "customer")]
    assert effective(subject_at(Level.CUSTOMER, bolt.row.public_id), "suspend_after") == [("off", "")]


def test_an_explicit_nothing_is_not_inherited(world: World, policy: Policy, debtor: Make) -> None:
    acme = debtor(close=False)
    policy(suspend_after="10", reminders="1 email", least_open="EUR 5")
    policy(Level.CUSTOMER, acme.row.public_id, suspend_after="off", reminders="none", least_open="none")
    subject = subject_at(Level.CUSTOMER, acme.row.public_id)
    assert effective(subject, "suspend_after", "reminders", "least_open") == [
        ("off", "customer"),
        ("none", "customer"),
        ("none", "customer"),
    ]


def test_what_was_said_stays_in_the_history(world: World, policy: Policy) -> None:
    name = world.brand.public_id
    say(Level.BRAND, name, {"suspend_after": 10}, actor="ada@harbour.example", door="staff")
    assert say(Level.BRAND, name, {"suspend_after": 10}) == []
    say(Level.BRAND, name, {"suspend_after": 12})
    say(Level.BRAND, name, {"suspend_after": None})
    rows = PolicyValue.objects.order_by("pk").values_list("field", "value", "said_by")
    assert list(rows) == [
        ("suspend_after", 10, "ada@harbour.example"),
        ("suspend_after", 12, "system"),
        ("suspend_after", None, "system"),
    ]
    first = AuditEntry.objects.filter(verb="dunning.say").order_by("pk")[0]
    assert (first.subject, first.actor, first.detail) == (
        name,
        "ada@harbour.example",
        {"level": "brand", "suspend_after": 10},
    )


FEE = {"fee_after": "5", "fee_percent": "2", "fee_product": "late-fees"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"suspend_after": "30", "terminate_after": "30"}, "terminate_before_suspend"),
        ({"terminate_after": "10", "reminders": "14 email"}, "reminder_after_end"),
        ({**FEE, "fee_percent": "0"}, "fee_of_nothing"),
        ({**FEE, "fee_product": "none"}, "fee_without_product"),
        ({**FEE, "fee_every": "0"}, "fee_every_moment"),
        ({"fee_every": "30"}, "fee_repeats_nothing"),
    ],
)
def test_contradictions_are_refused(world: World, policy: Policy, said: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        policy(**said)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert not PolicyValue.objects.exists()


def test_a_contradiction_below_is_refused_too(world: World, policy: Policy, debtor: Make) -> None:
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    acme = debtor(close=False, group=group)
    product = acme.party.subscriptions["rent"].version.plan.product
    policy(suspend_after="10", terminate_after="60")
    policy(Level.PRODUCT, product.public_id, terminate_after="20")
    policy(Level.GROUP, group.public_id, suspend_after="15")
    with pytest.raises(Invalid) as refused:
        policy(Level.GROUP, group.public_id, suspend_after="25")
    (problem,) = refused.value.problems
    assert (
        problem.reason == f"terminate_after 20: terminate later than day 25, the stop (for product {product.public_id})"
    )
    with pytest.raises(Invalid):
        policy(Level.CUSTOMER, acme.row.public_id, suspend_after="20")
    policy(Level.CUSTOMER, acme.row.public_id, suspend_after="19")
    with pytest.raises(Invalid):
        policy(Level.PRODUCT, product.public_id, terminate_after="19")
    rent = acme.party.subscriptions["rent"]
    with pytest.raises(Invalid):
        policy(Level.SERVICE, rent.public_id, terminate_after="18")
    policy(Level.SERVICE, rent.public_id, terminate_after="18", suspend_after="1")


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("suspend_after", "soon", "suspend_after 'soon': give days from 0 to 730, or off"),
        ("suspend_after", "731", "give days from 0 to 730, or off"),
        ("suspend_after", "-1", "give days from 0 to 730, or off"),
        ("reminders", "1 pigeon", "give days and channels"),
        ("reminders", "1 email, 1 sms", "day 1 is given twice"),
        ("retries", "0, 0", "give days from 1 to 730"),
        ("fee_percent", "101", "give a percentage from 0 to 100"),
        ("fee_percent", "1e3", "fee_percent '1e3': give a percentage"),
        ("fee_fixed", "5 EUR", "EUR"),
        ("fee_fixed", "EUR", "give currencies and amounts"),
        ("fee_on_fees", "maybe", "bool"),
        ("fee_most", "61", "60"),
    ],
)
def test_values_that_are_none(field: str, text: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        from_text(field, text)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("reminders", "-3 email, 1 portal+email+sms"),
        ("reminders", "none"),
        ("retries", "0, 3, 5"),
        ("suspend_after", "off"),
        ("suspend_after", "0"),
        ("fee_fixed", "EUR 5, USD 6.5"),
        ("fee_percent", "1.5"),
        ("fee_on_fees", "yes"),
        ("fee_most", "3"),
        ("fee_product", "late-fees"),
    ],
)
def test_what_is_read_is_written_alike(field: str, text: str) -> None:
    value = FIELDS[field].type.read(from_text(field, text), field)
    assert as_text(FIELDS[field], value) == text
    assert from_text(field, as_text(FIELDS[field], value)) == from_text(field, text)


def test_nothing_typed_is_inherited() -> None:
    assert {from_text(key, " ") for key in FIELDS} == {None}


def test_unknown_fields_and_places_are_refused(world: World) -> None:
    with pytest.raises(Refused, match="give one of reminders"):
        say(Level.BRAND, world.brand.public_id, {"colour": "red"})
    for level in Level:
        with pytest.raises(NotFound, match="there is none"):
            say(level, "none_such", {"suspend_after": 10})
    assert not PolicyValue.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_that_contradict_each_other_one_is_refused(at_once: Any) -> None:
    world = World()
    name = world.brand.public_id
    found = at_once(
        lambda: say(Level.BRAND, name, {"suspend_after": 40}), lambda: say(Level.BRAND, name, {"terminate_after": 30})
    )
    assert sorted(type(each).__name__ for each in found) == ["Invalid", "list"]
    assert PolicyValue.objects.count() == 1
