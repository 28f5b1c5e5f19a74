"""Tax on one amount: on top, inside, side by side; prices that cannot be reached; coupons before tax."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up
from tollbook.tax import Spread, exclusive, inclusive, reach, spread_coupon, stacked

percents = st.decimals(0, 30, places=2)


@pytest.mark.parametrize(
    ("net", "percent", "currency", "tax"),
    [
        ("100", "19", "EUR", "19"),
        ("0.30", "19", "EUR", "0.06"),  # 0.057
        ("0.50", "5", "EUR", "0.03"),  # 0.025: half up
        ("-0.50", "5", "EUR", "-0.03"),  # a credit note mirrors its invoice
        ("999", "10", "JPY", "100"),  # 99.9
        ("10.005", "5", "KWD", "0.500"),
    ],
)
def test_exclusive(net: str, percent: str, currency: str, tax: str) -> None:
    assert exclusive(Decimal(net), Decimal(percent), currency) == Decimal(tax)


@pytest.mark.parametrize(
    ("gross", "percent", "currency", "net", "tax"),
    [
        ("119", "19", "EUR", "100", "19"),
        ("10", "19", "EUR", "8.40", "1.60"),
        ("100", "0", "EUR", "100", "0"),
        ("1000", "10", "JPY", "909", "91"),
    ],
)
def test_inclusive(gross: str, percent: str, currency: str, net: str, tax: str) -> None:
    """Invoice Ninja: the net is rounded, the tax is the rest."""
    assert inclusive(Decimal(gross), Decimal(percent), currency) == (Decimal(net), Decimal(tax))


def test_taxes_side_by_side() -> None:
    """Quebec: GST of 5 % and QST of 9.975 % on the same net."""
    found = stacked(Decimal("100.10"), [Decimal(5), Decimal("9.975")], "CAD")
    assert found == (Decimal("5.01"), Decimal("9.98"))  # 5.005 and 9.984975


@pytest.mark.parametrize(
    ("gross", "percent", "currency", "expected"),
    [
        # 84.03 + 15.97 = 100.00; one cent less of net is 84.02 + 15.96 = 99.98
        ("100.00", "19", "EUR", (True, "100.00", "99.98", "100.01")),
        # 0.02 + 0.00 = 0.02, 0.03 + 0.01 = 0.04: nothing gives 0.03
        ("0.03", "19", "EUR", (False, "0.04", "0.02", "0.04")),
        ("5", "10", "JPY", (False, "6", "4", "6")),
    ],
)
def test_reach(gross: str, percent: str, currency: str, expected: tuple[bool, str, str, str]) -> None:
    """pretix and EN 16931 compute the tax from the net, so not every gross price can stand on an invoice."""
    found = reach(Decimal(gross), Decimal(percent), currency)
    assert found.reachable is expected[0]
    numbers = (found.recomputed_gross, found.nearest_below, found.nearest_above)
    assert numbers == tuple(Decimal(text) for text in expected[1:])


@given(st.decimals("0.01", 100, places=2), percents)
def test_reach_agrees_with_a_search(gross: Decimal, percent: Decimal) -> None:
    nets = [Decimal(cents) / 100 for cents in range(int(gross * 70), int(gross * 100) + 2)]
    reachable = any(net + exclusive(net, percent, "EUR") == gross for net in nets)
    assert reach(gross, percent, "EUR").reachable is reachable


@pytest.mark.parametrize(
    ("spread", "shares"),
    [(Spread.EXACT, ["34", "33", "33"]), (Spread.EACH, ["33", "33", "33"])],
)
def test_a_coupon_over_equal_fees(spread: Spread, shares: list[str]) -> None:
    """Lago rounds every share by itself and loses a cent here; the exact split does not."""
    found = spread_coupon([(Decimal(200), Decimal(20))] * 3, Decimal(100), 0, spread)
    assert [share for share, _ in found] == [Decimal(share) for share in shares]
    assert [tax for _, tax in found] == [Decimal(33)] * 3


def test_a_coupon_never_exceeds_the_fees() -> None:
    found = spread_coupon([(Decimal(100), Decimal(20)), (Decimal(50), Decimal(5))], Decimal(500), 0)
    assert found == ((Decimal(100), Decimal(0)), (Decimal(50), Decimal(0)))
    assert spread_coupon([(Decimal(0), Decimal(20))], Decimal(5), 0) == ((Decimal(0), Decimal(0)),)


def test_a_negative_coupon_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        spread_coupon([(Decimal(100), Decimal(20))], Decimal(-1), 0)
    assert refused.value.code == "bad_coupon"


nets = st.decimals(0, 10_000, places=2)


@given(st.lists(st.tuples(nets, percents), min_size=1, max_size=8), nets)
def test_exact_shares_sum_to_the_coupon(fees: list[tuple[Decimal, Decimal]], coupon: Decimal) -> None:
    found = spread_coupon(fees, coupon, 2)
    assert add_up(share for share, _ in found) == min(coupon, add_up(net for net, _ in fees))


@given(st.decimals(0, 100_000, places=2), percents)
def test_net_and_tax_are_the_gross(gross: Decimal, percent: Decimal) -> None:
    net, tax = inclusive(gross, percent, "EUR")
    assert net + tax == gross
    assert 0 <= tax <= gross
