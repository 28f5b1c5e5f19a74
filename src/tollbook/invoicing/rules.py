"""States of an invoice, and the one place where lines are rounded; pure."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from enum import StrEnum

from tollbook.kernel.allocate import carry
from tollbook.kernel.money import round_to


class State(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    VOID = "void"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value) for state in cls]


TABLE: dict[str, dict[str, str]] = {
    State.DRAFT: {"issue": State.ISSUED},
    State.ISSUED: {"pay": State.PAID, "void": State.VOID},
    State.PAID: {"void": State.VOID},
    State.VOID: {},
}


def round_lines(exact: Sequence[Decimal], groups: Sequence[Hashable], places: int, carried: bool) -> list[Decimal]:
    """Each line's amount rounded once, half up, to `places`.

    `carried`: the remainder of a line is carried to the next line of its group, so that a group's lines sum
    to its exact sum rounded once, and no line is off by a minor unit or more. Otherwise each line is rounded
    by itself. docs/decisions/0004-line-rounding.md says why the first is the default.
    """
    if not carried:
        return [round_to(amount, places) for amount in exact]
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    rounded = [Decimal(0)] * len(exact)
    for indexes in members.values():
        for index, amount in zip(indexes, carry([exact[i] for i in indexes], places), strict=True):
            rounded[index] = amount
    return rounded
