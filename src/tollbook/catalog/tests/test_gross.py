"""What staff and programs are told of prices that include tax: words, and amounts that cannot be invoiced."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.brands.models import TaxRate
from tollbook.catalog.models import Price
from tollbook.identity.models import StaffRole
from tollbook.site.tests.world import World

CANNOT = (
    "0.03 EUR including 19 % tax cannot occur on an invoice: the tax is computed from the net. The nearest that can "
    "are 0.02 and 0.04."
)


def sold(world: World, mode: str, inside: bool, amount: str) -> Price:
    TaxRate.objects.update(percent=Decimal(19))
    world.taxes(mode, inside=inside).plan("flat", world.monthly(amount))
    return Price.objects.get()


@pytest.mark.parametrize(
    ("mode", "inside", "amount", "warned"),
    [
        ("sum_by_net", True, "0.03", True),
        ("sum_by_net", True, "15.00", True),  # pretix: 14.99 and 15.01 can
        ("sum_by_net", True, "100.00", False),
        ("sum_by_net", True, "0.005", False),  # a part of a cent stands on no invoice alone
        ("sum_by_net", False, "0.03", False),
        ("keep_gross", True, "0.03", False),
        ("per_line", True, "0.03", False),
    ],
)
def test_a_price_that_cannot_occur_is_warned_of(
    world: World, portal: Any, mode: str, inside: bool, amount: str, warned: bool
) -> None:
    price = sold(world, mode, inside, amount)
    see, version = portal(), price.version
    assert ("An amount that cannot be invoiced" in see.read(f"/staff/products/prices/{price.public_id}/")) is warned
    page = see.read(f"/staff/products/versions/{version.public_id}/")
    assert ("Amounts that cannot be invoiced" in page) is warned
    answer = staff_key(StaffRole.BILLING).get(f"/plans/{version.plan.public_id}/prices").json()["data"][0]
    assert [bool(answer["warnings"]), answer["includes_tax"]] == [warned, inside]
    if amount == "0.03" and warned:
        assert answer["warnings"] == [CANNOT]
        assert CANNOT in page


def test_customers_are_told_what_the_price_includes_and_no_warning(world: World) -> None:
    price = sold(world, "sum_by_net", True, "0.03")
    caller = customer_key(world.customer().row.pk)
    (told,) = caller.get(f"/plans/{price.version.plan.public_id}/prices").json()["data"]
    assert told["warnings"] == []
    assert told["words"][-2] == "The price includes tax."


def test_without_a_rate_at_home_nothing_is_warned_of(world: World, portal: Any) -> None:
    price = sold(world, "sum_by_net", True, "0.03")
    TaxRate.objects.all().delete()
    assert "cannot be invoiced" not in portal().read(f"/staff/products/prices/{price.public_id}/")
