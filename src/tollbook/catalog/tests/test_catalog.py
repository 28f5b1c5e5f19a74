"""Versions and prices never change; a change is a new version."""

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.catalog.actions import add_prices, price_book
from tollbook.catalog.models import PlanVersion, Price
from tollbook.catalog.queries import book_for, price_list, version_at
from tollbook.customers.models import CustomerGroup
from tollbook.kernel.errors import NotFound, Refused
from tollbook.site.tests.world import World


def test_the_same_prices_are_the_same_version_and_others_the_next(world: World) -> None:
    first = world.plan("flat", world.monthly("49"))
    assert world.plan("flat", world.monthly("49.00"), valid_from="2026-03-01") == first
    second = world.plan("flat", world.monthly("59"), valid_from="2026-06-01")
    assert [(v.number, v.prices.get().terms["amount"]) for v in PlanVersion.objects.order_by("number")] == [
        (1, "49"), (2, "59"),
    ]  # fmt: skip
    found = [version_at(first.plan, world.on(day).now) for day in ("2026-05-31 23:59", "2026-06-01")]
    assert found == [first, second]
    with pytest.raises(NotFound) as none:
        version_at(first.plan, first.valid_from.replace(year=2025))
    assert none.value.code == "no_plan_version"


def test_a_subscription_keeps_the_version_it_was_sold(world: World) -> None:
    world.plan("flat", world.monthly("49"))
    acme = world.customer().buys("flat")
    world.plan("flat", world.monthly("59"), valid_from="2026-05-01")
    bolt = world.customer("bolt").buys("flat")
    world.on("2026-06-01").charge()
    assert [acme.charges, bolt.charges] == [[("fee", "1", "49")], [("fee", "1", "59")]]


@pytest.mark.parametrize("change", ["UPDATE catalog_price SET terms = '{}'", "DELETE FROM catalog_price",
                                    "UPDATE catalog_plan_version SET valid_from = now()"])  # fmt: skip
def test_the_database_refuses_to_change_a_price(world: World, change: str) -> None:
    world.plan("flat", world.monthly("49"))
    refused = pytest.raises(DatabaseError, match="Cannot update or delete")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_one_version_prices_a_reading_once(world: World) -> None:
    world.meter("sms")
    for prices in (
        [world.monthly("1"), world.monthly("2")],
        [world.metered("sms", "1", "a"), world.metered("sms", "2", "b")],
        [world.metered("sms", "1", "a", match={"r": "x"}), world.metered("sms", "2", "b", match={"r": "x"})],
    ):
        with pytest.raises(Refused) as refused:
            world.plan("twice", *prices)
        assert [refused.value.code, PlanVersion.objects.count()] == ["price_twice", 0]


def test_a_list_grows_by_metered_prices_only_and_keeps_what_it_has(world: World) -> None:
    version = world.plan("cloud", world.metered("sms", "1"))
    book = price_book(world.brand, "EUR")
    assert add_prices(version, book, [world.metered("sms", "9"), world.metered("gb", "2")]) == 1
    assert {p.code: p.terms["unit_price"] for p in Price.objects.all()} == {"sms": "1", "gb": "2"}
    with pytest.raises(Refused) as refused:
        add_prices(version, book, [world.monthly("1")])
    assert [refused.value.code, Price.objects.count()] == ["not_metered", 2]


def test_a_customer_buys_from_the_book_of_its_group_else_the_general_one(world: World) -> None:
    general = price_book(world.brand, "EUR")
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    gold = world.customer("gold", group=group)
    assert book_for(gold.row) == general
    own = price_book(world.brand, "EUR", group)
    assert [book_for(gold.row), book_for(world.customer("plain").row)] == [own, general]
    with pytest.raises(NotFound) as none:
        book_for(world.customer("dollar", currency="USD").row)
    assert none.value.code == "no_price_book"


def test_prices_that_cost_something_without_use_are_known(world: World) -> None:
    world.meter("sms").meter("gb")
    version = world.plan("cloud", world.metered("sms", "1", minimum="5"), world.metered("gb", "2", allowance="10"))
    prices = price_list(version.pk, price_book(world.brand, "EUR").pk)
    assert [prices.by_id[pk].code for pk in prices.due_unused] == ["sms"]
