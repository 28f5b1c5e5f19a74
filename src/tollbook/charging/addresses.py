"""Which hours of public addresses are charged; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class AddressKind(StrEnum):
    """DEFAULT came with a network, ACQUIRED was asked for, SECONDARY is a further one of an instance."""

    DEFAULT = "default"
    ACQUIRED = "acquired"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True)
class AddressHour:
    """An address that a customer had in a clock hour; `hour` and `since` count hours from any common beginning."""

    address: str
    kind: AddressKind
    hour: int
    since: int


def charged_hours(
    hours: Iterable[AddressHour], *, default_ip: bool, free_ip: bool, secondary_ip: bool
) -> list[AddressHour]:
    """The hours that are charged, as the three settings say.

    With `free_ip`, one hour of one address is free in each clock hour, so that swapping addresses gains nothing: that
    of the default address, else of the one that the customer has longest. Where the default address is not charged
    anyway it uses up what is free. Secondary addresses are charged or not, by their own setting alone.
    """
    charged = []
    by_hour: dict[int, list[AddressHour]] = {}
    for each in dict.fromkeys(hours):
        if each.kind is not AddressKind.SECONDARY:
            by_hour.setdefault(each.hour, []).append(each)
        elif secondary_ip:
            charged.append(each)
    for mine in by_hour.values():
        first = sorted(mine, key=lambda h: (h.kind is not AddressKind.DEFAULT, h.since, h.address))
        rest = first[1:] if free_ip else first
        charged += [h for h in rest if default_ip or h.kind is not AddressKind.DEFAULT]
    return sorted(charged, key=lambda h: (h.hour, h.address))
