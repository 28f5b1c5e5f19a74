"""The tax of a whole invoice: lines to groups of one treatment, and where the rounding happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, add_up, minor_units, round_to
from tollbook.tax.amounts import exclusive, inclusive
from tollbook.tax.decide import Treatment


class TaxMode(StrEnum):
    """Where the tax of an invoice is rounded; the words are pretix's.

    PER_LINE    each line by itself; the tax is the sum
    SUM_BY_NET  once for each group, from the sum of nets: what EN 16931 demands (BR-CO-17)
    KEEP_GROSS  once for each group, from the sum of gross prices, which stay as they are
    """

    PER_LINE = "per_line"
    SUM_BY_NET = "sum_by_net"
    KEEP_GROSS = "keep_gross"


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One row of the tax breakdown; all amounts in the currency's places."""

    treatment: Treatment
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """Net and tax."""
        return EXACT.add(self.net, self.tax)


def groups(
    lines: Sequence[tuple[Decimal, Treatment]], currency: str, mode: TaxMode = TaxMode.SUM_BY_NET
) -> tuple[TaxLine, ...]:
    """The breakdown of lines given as (net, treatment): one row a code and percentage, as they appear.

    Nets must already be rounded to the currency (Refused 'not_rounded'): an invoice line is rounded once,
    before. KEEP_GROSS needs gross prices, see `groups_of_gross` (Refused 'bad_tax_mode').
    """
    if mode is TaxMode.KEEP_GROSS:
        raise Refused("bad_tax_mode", "keep_gross needs lines with gross prices", param="mode")
    places = minor_units(currency)
    for net, _ in lines:
        if round_to(net, places) != net:
            message = f"net {net} {currency} is not rounded to {places} places: round the line first"
            raise Refused("not_rounded", message, param="net")
    found = []
    for treatment, nets in _grouped(lines):
        net = add_up(nets)
        if mode is TaxMode.PER_LINE:
            tax = add_up(exclusive(each, treatment.percent, currency) for each in nets)
        else:
            tax = exclusive(net, treatment.percent, currency)
        found.append(TaxLine(treatment, net, tax))
    return tuple(found)


def totals(found: Iterable[TaxLine]) -> tuple[Decimal, Decimal, Decimal]:
    """(net, tax, gross) of a breakdown; zeros for none."""
    rows = tuple(found)
    net, tax = add_up(row.net for row in rows), add_up(row.tax for row in rows)
    return net, tax, EXACT.add(net, tax)


def groups_of_gross(lines: Sequence[tuple[Decimal, Treatment]], currency: str, mode: TaxMode) -> tuple[TaxLine, ...]:
    """The breakdown of lines given as (gross, treatment), prices that include the tax.

    Under SUM_BY_NET the total may differ from the sum of the prices; under the other modes it never does.
    """
    found = []
    for treatment, prices in _grouped(lines):
        split = [inclusive(price, treatment.percent, currency) for price in prices]
        net = add_up(part for part, _ in split)
        if mode is TaxMode.PER_LINE:
            tax = add_up(part for _, part in split)
        elif mode is TaxMode.SUM_BY_NET:
            tax = exclusive(net, treatment.percent, currency)
        else:
            net, tax = inclusive(add_up(prices), treatment.percent, currency)
        found.append(TaxLine(treatment, net, tax))
    return tuple(found)


def _grouped(lines: Iterable[tuple[Decimal, Treatment]]) -> Iterable[tuple[Treatment, list[Decimal]]]:
    """By code and percentage, as EN 16931 has it; the first treatment of a group gives its reason."""
    found: dict[tuple[str, Decimal], tuple[Treatment, list[Decimal]]] = {}
    for amount, treatment in lines:
        key = (treatment.code.value, treatment.percent)
        found.setdefault(key, (treatment, []))[1].append(amount)
    return found.values()
