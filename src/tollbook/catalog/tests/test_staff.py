"""What staff read in the catalogue."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.catalog.models import PlanVersion, Price, PriceBook
from tollbook.catalog.staff import margin_percent


@pytest.mark.parametrize(
    ("unit_price", "cost", "expected"),
    [
        ("1.2", "1", "16.67"),
        ("1", "1", "0.00"),
        ("1", "2", "-100.00"),
        ("0.0000001", "0", "100.00"),
        ("0", "1", None),
        ("1", None, None),
        (None, "1", None),
    ],
)
def test_margin_of_a_unit(unit_price: Any, cost: Any, expected: Any) -> None:
    terms = {"model": "unit", "unit_price": unit_price} if unit_price is not None else {"model": "flat", "amount": "5"}
    price = Price(terms=terms, unit_cost=None if cost is None else Decimal(cost), book=PriceBook(currency="EUR"))
    found = margin_percent(price)
    assert (None if found is None else str(found)) == expected


def test_hundreds_of_prices_are_paged_and_found(world: Any, portal: Any) -> None:
    world.meter("sms", "sum", "country")
    prices = [world.metered("sms", f"0.{n:04d}", f"sms-{n:04d}", match={"country": str(n)}) for n in range(1, 301)]
    version = world.plan("sms", *prices)
    address = f"/staff/products/versions/{version.public_id}/"
    see = portal()
    assert "1-25 of 300" in see.read(address)
    assert "276-300 of 300" in see.read(address + "?page=12")
    assert "1-1 of 1" in see.read(address + "?q=sms-0123")
    assert "0.0123 EUR for each sms." in see.read(address + "?q=sms-0123")
    assert len(see.csv(address)) == 301
    assert see.queries(address) <= 12


def test_a_price_in_words(busy: Any, portal: Any) -> None:
    see = portal()
    price = Price.objects.get(code="sms")
    text = see.read(f"/staff/products/prices/{price.public_id}/")
    assert "0.0043 EUR for each sms." in text
    assert "A discount of 10 % is taken off." in text
    assert "Rounding half_up" in text


def test_from_product_to_version(busy: Any, portal: Any) -> None:
    see = portal()
    version = PlanVersion.objects.select_related("plan__product").get(plan__code="cloud")
    assert "Cloud cloud Harbour Cloud 1 on sale standard" in see.read("/staff/products/")
    assert "Cloud cloud on sale 1" in see.read(f"/staff/products/{version.plan.product.public_id}/")
    assert "Version 1" in see.read(f"/staff/products/plans/{version.plan.public_id}/")
