"""The tax of a whole invoice: lines to groups of one treatment, and where the rounding happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, Rounding, add_up, minor_units, round_to
from tollbook.tax.amounts import inclusive, stacked
from tollbook.tax.decide import Treatment


class TaxMode(StrEnum):
    """Where the tax of an invoice is rounded; the words are pretix's.

    PER_LINE    each line by itself; the tax is the sum
    SUM_BY_NET  once for each group, from the sum of nets: what EN 16931 demands (BR-CO-17)
    KEEP_GROSS  once for each group, from the sum of gross prices, which stay as they are; what is priced without tax
                is taxed as under SUM_BY_NET
    """

    PER_LINE = "per_line"
    SUM_BY_NET = "sum_by_net"
    KEEP_GROSS = "keep_gross"


@dataclass(frozen=True, slots=True)
class PartTax:
    """The amount of one of several taxes of a group."""

    name: str
    percent: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One row of the tax breakdown; all amounts in the currency's places.

    `parts` are the taxes with a name of their own, as in the treatment; they sum to `tax`.
    """

    treatment: Treatment
    net: Decimal
    tax: Decimal
    parts: tuple[PartTax, ...] = ()

    @property
    def gross(self) -> Decimal:
        """Net and tax."""
        return EXACT.add(self.net, self.tax)


@dataclass(frozen=True, slots=True)
class Priced:
    """A line of an invoice: its net, how it is taxed, and its gross where that is its price (the tax is inside)."""

    net: Decimal
    treatment: Treatment
    gross: Decimal | None = None


def breakdown(lines: Iterable[Priced], currency: str, mode: TaxMode = TaxMode.SUM_BY_NET) -> tuple[TaxLine, ...]:
    """The tax of lines whose nets are settled: one row for each code, percentage and set of taxes, as they appear.

    Several taxes on one net are rounded each by itself. The tax inside a gross price is what the net leaves of it,
    except under SUM_BY_NET, where it is computed from the sum of the nets. Refused 'not_rounded' for a net or gross
    with more places than the currency: a line is rounded once, before.
    """
    found = []
    for treatment, members in _grouped(lines).values():
        for line in members:
            _check_rounded(line, currency)
        taxes = _taxes(members, treatment, currency, mode)
        parts = tuple(PartTax(part.name, part.percent, tax) for part, tax in zip(treatment.parts, taxes, strict=False))
        found.append(TaxLine(treatment, add_up(line.net for line in members), add_up(taxes), parts))
    return tuple(found)


def nets_of_gross(
    prices: Sequence[tuple[Decimal, Treatment]], currency: str, mode: TaxMode = TaxMode.SUM_BY_NET
) -> tuple[Decimal, ...]:
    """The net of each line given as (gross, treatment), prices that include the tax, in their order.

    Each is what is left of its price without the tax, rounded half up. Under KEEP_GROSS the nets of a group add up to
    the net of its whole gross: what one line loses by rounding, a later one gains (`kernel.allocate.carry` does the
    same to exact amounts), so none is off by a whole smallest unit.
    """
    if mode is not TaxMode.KEEP_GROSS:
        return tuple(inclusive(gross, treatment.percent, currency)[0] for gross, treatment in prices)
    gross_sums: dict[object, Decimal] = {}
    net_sums: dict[object, Decimal] = {}
    found = []
    for gross, treatment in prices:
        key = _key(treatment)
        gross_sums[key] = EXACT.add(gross_sums.get(key, Decimal(0)), gross)
        net = _running_net(gross_sums[key], treatment.percent, currency)
        found.append(EXACT.subtract(net, net_sums.get(key, Decimal(0))))
        net_sums[key] = net
    return tuple(found)


def _running_net(gross: Decimal, percent: Decimal, currency: str) -> Decimal:
    """The net inside a running sum, rounded half up towards plus infinity, also where credits make the sum negative.

    Were halves rounded away from zero, two sums on either side of it could lie a whole smallest unit further apart than
    what is between them, and the document's own check would refuse that line.
    """
    places = minor_units(currency)
    half = Fraction(1, 2 * 10**places)
    return round_to(Fraction(gross) / (1 + Fraction(percent) / 100) + half, places, Rounding.FLOOR)


def groups(
    lines: Sequence[tuple[Decimal, Treatment]], currency: str, mode: TaxMode = TaxMode.SUM_BY_NET
) -> tuple[TaxLine, ...]:
    """The breakdown of lines given as (net, treatment): one row a code and percentage, as they appear.

    Nets must already be rounded to the currency (Refused 'not_rounded'): an invoice line is rounded once,
    before. KEEP_GROSS needs gross prices, see `groups_of_gross` (Refused 'bad_tax_mode').
    """
    if mode is TaxMode.KEEP_GROSS:
        raise Refused("bad_tax_mode", "keep_gross needs lines with gross prices", param="mode")
    return breakdown([Priced(net, treatment) for net, treatment in lines], currency, mode)


def totals(found: Iterable[TaxLine]) -> tuple[Decimal, Decimal, Decimal]:
    """(net, tax, gross) of a breakdown; zeros for none."""
    rows = tuple(found)
    net, tax = add_up(row.net for row in rows), add_up(row.tax for row in rows)
    return net, tax, EXACT.add(net, tax)


def groups_of_gross(lines: Sequence[tuple[Decimal, Treatment]], currency: str, mode: TaxMode) -> tuple[TaxLine, ...]:
    """The breakdown of lines given as (gross, treatment), prices that include the tax.

    Under SUM_BY_NET the total may differ from the sum of the prices; under the other modes it never does.
    """
    nets = nets_of_gross(lines, currency, mode)
    priced = [Priced(net, treatment, gross) for net, (gross, treatment) in zip(nets, lines, strict=True)]
    return breakdown(priced, currency, mode)


def _taxes(members: Sequence[Priced], treatment: Treatment, currency: str, mode: TaxMode) -> tuple[Decimal, ...]:
    """The amount of each tax of a group."""
    percents = treatment.percents
    keeps = mode is not TaxMode.SUM_BY_NET
    kept = [line for line in members if keeps and line.gross is not None]
    rest = [line.net for line in members if not keeps or line.gross is None]
    if mode is TaxMode.PER_LINE:
        pieces = [stacked(net, percents, currency) for net in rest]
        pieces += [_inside(line.net, line.gross, percents, currency) for line in kept]
    else:
        pieces = [stacked(add_up(rest), percents, currency)] if rest else []
        gross = add_up(line.gross for line in kept if line.gross is not None)
        pieces += [_inside(add_up(line.net for line in kept), gross, percents, currency)] if kept else []
    return tuple(add_up(amounts) for amounts in zip(*pieces, strict=True))


def _inside(net: Decimal, gross: Decimal | None, percents: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """The taxes that net and gross leave between them: each but the last at its percentage, the last takes the rest."""
    whole = EXACT.subtract(gross if gross is not None else net, net)
    first = stacked(net, percents[:-1], currency)
    return (*first, EXACT.subtract(whole, add_up(first)))


def _check_rounded(line: Priced, currency: str) -> None:
    places = minor_units(currency)
    for name, amount in (("net", line.net), ("gross", line.gross)):
        if amount is not None and round_to(amount, places) != amount:
            message = f"{name} {amount} {currency} is not rounded to {places} places: round the line first"
            raise Refused("not_rounded", message, param=name)


def _key(treatment: Treatment) -> object:
    return treatment.code.value, treatment.percent, treatment.parts


def _grouped(lines: Iterable[Priced]) -> dict[object, tuple[Treatment, list[Priced]]]:
    """By code and percentage, as EN 16931 has it, and by the taxes; a group's first treatment gives its reason."""
    found: dict[object, tuple[Treatment, list[Priced]]] = {}
    for line in lines:
        found.setdefault(_key(line.treatment), (line.treatment, []))[1].append(line)
    return found
