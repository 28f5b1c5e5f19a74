"""States of an invoice, and the one place where lines are rounded; pure."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tollbook.kernel.allocate import carry
from tollbook.kernel.money import EXACT, Rounding, add_up, round_to
from tollbook.tax import TaxLine, Treatment, groups
from tollbook.tax import totals as tax_totals


class State(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    VOID = "void"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(state.value, state.value.replace("_", " ")) for state in cls]


TABLE: dict[str, dict[str, str]] = {
    State.DRAFT: {"issue": State.ISSUED},
    State.ISSUED: {"pay": State.PAID, "write_off": State.WRITTEN_OFF, "void": State.VOID},
    # Money that settled it was taken back: a refund, a lost dispute, a bounced transfer.
    State.PAID: {"reopen": State.ISSUED, "void": State.VOID},
    State.WRITTEN_OFF: {"reopen": State.ISSUED},
    State.VOID: {},
}


def round_line(exact: Decimal, places: int, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """One amount rounded by itself, once, to `places`."""
    return round_to(exact, places, mode)


def round_lines(
    exact: Sequence[Decimal],
    groups: Sequence[Hashable],
    places: int,
    carried: bool,
    modes: Sequence[Rounding] | None = None,
) -> list[Decimal]:
    """Each line's amount rounded once to `places`, in the mode that its price says (half up, where none is given).

    `carried`: the remainder of a line is carried to the next line of its group and mode, so that their lines sum to
    their exact sum rounded once, and no line is off by a minor unit or more. Otherwise each line is rounded by itself.
    docs/decisions/0004-line-rounding.md says why the first is the default.
    """
    modes = modes or [Rounding.HALF_UP] * len(exact)
    if not carried:
        return [round_line(amount, places, mode) for amount, mode in zip(exact, modes, strict=True)]
    members: dict[tuple[Hashable, Rounding], list[int]] = defaultdict(list)
    for index, key in enumerate(zip(groups, modes, strict=True)):
        members[key].append(index)
    rounded = [Decimal(0)] * len(exact)
    for (_, mode), indexes in members.items():
        for index, amount in zip(indexes, carry([exact[i] for i in indexes], places, mode), strict=True):
            rounded[index] = amount
    return rounded


def rounded_totals(exact: Sequence[Decimal], places: int) -> tuple[Decimal, Decimal]:
    """(the sum of the rounded lines, the rounded sum): what rounding by line and with carried remainders come to.

    100 lines of 0.011 are 1.00 and 1.10 in a currency of two places (Flexprice).
    """
    one = [0] * len(exact)
    by_line, carried = (add_up(round_lines(exact, one, places, way)) for way in (False, True))
    return by_line, carried


class Totals(NamedTuple):
    """What an invoice comes to, in its currency: the tax breakdown, and `due` after what is credited."""

    taxes: tuple[TaxLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal


def totals(lines: Sequence[tuple[Decimal, Treatment]], currency: str, credit: Decimal = Decimal(0)) -> Totals:
    """The sums of an invoice over its lines, (rounded net, how it is taxed).

    Tax is rounded once for each group (EN 16931, BR-CO-17). `credit` is taken off the total and may pass it. Refused
    'not_rounded' for a net with more places than the currency.
    """
    taxes = groups(lines, currency)
    net, tax, total = tax_totals(taxes)
    return Totals(taxes, net, tax, total, EXACT.subtract(total, credit))
