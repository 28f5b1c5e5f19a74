"""Which public addresses are charged, as the three settings say."""

from decimal import Decimal

import pytest

from tollbook.charging.addresses import AddressHour, AddressKind, charged_hours

D, A, S = AddressKind.DEFAULT, AddressKind.ACQUIRED, AddressKind.SECONDARY


def charged(*had: tuple[str, AddressKind], default_ip: bool, free_ip: bool, secondary_ip: bool = False) -> str:
    """The addresses that are charged in one hour in which the customer has these, the longest held first."""
    hours = [AddressHour(address, kind, 100, since) for since, (address, kind) in enumerate(had)]
    found = charged_hours(hours, default_ip=default_ip, free_ip=free_ip, secondary_ip=secondary_ip)
    return " ".join(h.address for h in found)


@pytest.mark.parametrize(
    ("default_ip", "free_ip", "is_charged"),
    [
        (True, False, "a1 a2 d"),  # everything
        (True, True, "a1 a2"),  # one is free: the default one
        (False, False, "a1 a2"),  # the default one costs nothing
        (False, True, "a1 a2"),  # the default one uses up what is free
    ],
)
def test_the_default_address_and_acquired_ones(default_ip: bool, free_ip: bool, is_charged: str) -> None:
    had = [("a1", A), ("d", D), ("a2", A)]
    assert charged(*had, default_ip=default_ip, free_ip=free_ip) == is_charged


@pytest.mark.parametrize(
    ("free_ip", "secondary_ip", "is_charged"),
    [(False, False, "a1"), (False, True, "a1 s"), (True, False, ""), (True, True, "s")],
)
def test_secondary_addresses_have_a_setting_of_their_own(free_ip: bool, secondary_ip: bool, is_charged: str) -> None:
    assert charged(("s", S), ("a1", A), default_ip=True, free_ip=free_ip, secondary_ip=secondary_ip) == is_charged


def test_without_a_default_address_the_one_held_longest_is_free() -> None:
    assert charged(("a1", A), ("a2", A), default_ip=True, free_ip=True) == "a2"


def test_a_month_with_one_free_address() -> None:
    """0.004 an hour, 720 hours: the default address all month, another from hour 200 on."""
    hours = [AddressHour("d", D, h, 0) for h in range(720)] + [AddressHour("a1", A, h, 200) for h in range(200, 720)]
    rate = Decimal("0.004")
    all_of_them = charged_hours(hours, default_ip=True, free_ip=False, secondary_ip=False)
    one_free = charged_hours(hours, default_ip=True, free_ip=True, secondary_ip=False)
    assert (len(all_of_them) * rate, len(one_free) * rate) == (Decimal("4.96"), Decimal("2.08"))


def test_swapping_addresses_gains_nothing() -> None:
    """A new address each hour: one hour in each is free, never more."""
    swapped = [AddressHour(f"a{h}", A, h, h) for h in range(10)] + [AddressHour("b", A, h, 0) for h in range(10)]
    found = charged_hours(swapped, default_ip=True, free_ip=True, secondary_ip=False)
    # "b" is held as long as "a0": of the two the first by name is free.
    assert [h.address for h in found] == ["b", *(f"a{h}" for h in range(1, 10))]


def test_the_same_hour_told_twice_is_one_hour() -> None:
    hour = AddressHour("a1", A, 5, 0)
    assert charged_hours([hour, hour], default_ip=True, free_ip=False, secondary_ip=False) == [hour]
