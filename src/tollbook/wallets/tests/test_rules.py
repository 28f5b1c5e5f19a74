"""Which credit is used first."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tollbook.rating import CreditOrder
from tollbook.wallets.rules import Credit, burn


def day(n: Any) -> Any:
    return datetime(2026, 5, n, tzinfo=UTC)


def credit(id: Any, left: Any, priority: Any = 50, expires: Any = None, created: Any = 1) -> Any:
    return Credit(id, Decimal(left), priority, day(expires) if expires else None, day(created))


@pytest.mark.parametrize(
    ("credits", "amount", "burnt"),
    [
        pytest.param([credit(1, 5), credit(2, 5)], "3", [(1, "3")], id="row order last of all"),
        pytest.param([credit(1, 5, created=2), credit(2, 5, created=1)], "3", [(2, "3")], id="the older first"),
        pytest.param([credit(1, 5), credit(2, 5, expires=30)], "3", [(2, "3")], id="never expires last"),
        pytest.param([credit(1, 5, expires=30), credit(2, 5, expires=20)], "3", [(2, "3")], id="earlier expiry"),
        pytest.param([credit(1, 5, 50, 20), credit(2, 5, 10)], "3", [(2, "3")], id="priority before expiry"),
        pytest.param([credit(1, 5, 50, 20, 2), credit(2, 5, 50, 20, 1)], "3", [(2, "3")], id="age at equal expiry"),
        pytest.param([credit(1, 2), credit(2, 5, 10)], "6", [(2, "5"), (1, "1")], id="over two grants"),
        pytest.param([credit(1, 2), credit(2, 5)], "9", [(1, "2"), (2, "5")], id="as far as it goes"),
        pytest.param([credit(1, 0), credit(2, 5)], "1", [(2, "1")], id="an empty one gives nothing"),
        pytest.param([credit(1, 5, 10, 9), credit(2, 5)], "6", [(2, "5"), (1, "1")], id="expired but held gives last"),
        pytest.param([credit(1, 5, expires=10)], "6", [(1, "5")], id="expired at the very instant"),
        pytest.param([credit(1, 5)], "0", [], id="nothing of nothing"),
    ],
)
def test_burn(credits: Any, amount: str, burnt: Any) -> None:
    assert [(id, str(part)) for id, part in burn(credits, Decimal(amount), day(10))] == burnt


@pytest.mark.parametrize(
    ("order", "first"),
    [
        # 1 is the oldest, 2 expires first, 3 has the better priority.
        pytest.param(CreditOrder.PRIORITY_EXPIRY_AGE, [3, 2, 1], id="OpenMeter"),
        pytest.param(CreditOrder.PRIORITY_AGE, [3, 1, 2], id="Lago"),
        pytest.param(CreditOrder.AGE, [1, 2, 3], id="age alone"),
    ],
)
def test_the_order_is_that_of_the_price(order: CreditOrder, first: list[int]) -> None:
    credits = [credit(1, 1, 50, 30, 1), credit(2, 1, 50, 20, 2), credit(3, 1, 10, 30, 3)]
    assert [id for id, _ in burn(credits, Decimal(3), day(10), order)] == first
