"""Percentage: a part of the money that was moved, and a fixed fee for each movement.

Lago's two ways. On the `aggregate`, the free allowance is the smaller of some first events and some first
money. On each `transaction`, every fee has a floor and a ceiling of its own. Source: Lago's percentage charge
model and its published tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from typing import Any, ClassVar, Self

from tollbook.kernel.money import EXACT, add_up, plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics
from tollbook.rating.usage import Usage, missing

_ZERO = Decimal(0)
_HUNDREDTH = Decimal("0.01")


class Basis(StrEnum):
    """What the percentage is taken of."""

    AGGREGATE = "aggregate"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class Percentage(PriceModel):
    """`rate_percent` of the money and `fixed_per_event`; amounts in the currency of the price."""

    name: ClassVar[str] = "percentage"
    rate_percent: Decimal
    basis: Basis = Basis.AGGREGATE
    fixed_per_event: Decimal = _ZERO
    free_events: int | None = None
    free_amount: Decimal | None = None
    min_per_transaction: Decimal | None = None
    max_per_transaction: Decimal | None = None

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Fields: those of the class, by name."""
        if source.has("allowance"):
            source.fault("allowance", source.raw("allowance"), "not_here", "give free_amount or free_events")
        basis = source.choice("basis", Basis, Basis.AGGREGATE)
        low = source.optional_decimal("min_per_transaction")
        high = source.optional_decimal("max_per_transaction")
        if basis is Basis.AGGREGATE and (low is not None or high is not None):
            source.fault("basis", basis, "bad_choice", "limits for each transaction need basis transaction")
        if low is not None and high is not None and low > high:
            right = f"give at most the maximum, {plain(high)}"
            source.fault("min_per_transaction", plain(low), "limits_crossed", right)
        return cls(
            source.decimal("rate_percent"),
            basis,
            source.decimal("fixed_per_event", _ZERO),
            source.optional_count("free_events"),
            source.optional_decimal("free_amount"),
            low,
            high,
        )

    def data(self) -> dict[str, Any]:
        """As stored."""
        found: dict[str, Any] = {"rate_percent": plain(self.rate_percent), "basis": str(self.basis)}
        found["fixed_per_event"] = plain(self.fixed_per_event)
        if self.free_events is not None:
            found["free_events"] = self.free_events
        for name in ("free_amount", "min_per_transaction", "max_per_transaction"):
            value = getattr(self, name)
            if value is not None:
                found[name] = plain(value)
        return found

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """Of money alone: only where neither events nor transactions matter."""
        if not quantity:
            return (), _ZERO
        if self.basis is Basis.TRANSACTION or self.fixed_per_event or self.free_events or self.free_amount:
            raise missing(self.name, "the single events")
        return self._lines(quantity, _ZERO, 0)

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """Of money and its events."""
        if self.basis is Basis.TRANSACTION:
            return self._transactions(usage.values)
        if not quantity:
            return (), _ZERO
        free, count = self._free(quantity, usage)
        return self._lines(EXACT.subtract(quantity, free), free, usage.events - min(count, usage.events))

    def _free(self, total: Decimal, usage: Usage) -> tuple[Decimal, int]:
        """(money, events) that are free: the smaller of what the two allowances give."""
        running = usage.running or tuple(accumulate(usage.values, EXACT.add))
        found = []
        if self.free_events:
            money = running[min(self.free_events, len(running)) - 1] if running else total
            found.append((money, self.free_events))
        # An allowance that was never used up frees nothing here: Lago's rule, kept as it is.
        if self.free_amount is not None and running and self.free_amount <= running[-1]:
            found.append((self.free_amount, sum(step <= self.free_amount for step in running)))
        return min(found, default=(_ZERO, 0))

    def _transactions(self, values: tuple[Decimal, ...]) -> Priced:
        paid = [(value, part) for value, part in zip(values, self._paid(values), strict=True) if part]
        lines, amount = self._lines(
            add_up(part for _, part in paid),
            EXACT.subtract(add_up(values), add_up(part for _, part in paid)),
            len(paid),
        )
        fees = [self._fee(part) for _, part in paid]
        raised = [fee if self.min_per_transaction is None else max(fee, self.min_per_transaction) for fee in fees]
        capped = [fee if self.max_per_transaction is None else min(fee, self.max_per_transaction) for fee in raised]
        for kind, before, after in (("each_minimum", fees, raised), ("each_maximum", raised, capped)):
            change = EXACT.subtract(add_up(after), add_up(before))
            if change:
                touched = sum(x != y for x, y in zip(before, after, strict=True))
                bound = self.min_per_transaction if kind == "each_minimum" else self.max_per_transaction
                lines = (*lines, Line(kind, None, bound, change, (("transactions", touched),)))
        return lines, EXACT.add(amount, EXACT.subtract(add_up(capped), add_up(fees)))

    def _paid(self, values: tuple[Decimal, ...]) -> Iterator[Decimal]:
        """What is left to pay of each transaction after the free part."""
        left = self.free_amount
        for number, value in enumerate(values):
            early = self.free_events is not None and number < self.free_events
            free = _ZERO
            if left is None:
                free = value if early else _ZERO
            elif early or self.free_events is None:
                free = min(value, left)
                left = EXACT.subtract(left, free)
            yield EXACT.subtract(value, free)

    def _fee(self, paid: Decimal) -> Decimal:
        part = EXACT.multiply(paid, EXACT.multiply(self.rate_percent, _HUNDREDTH))
        return EXACT.add(part, self.fixed_per_event)

    def _lines(self, paid: Decimal, free: Decimal, events: int) -> Priced:
        part = EXACT.multiply(paid, EXACT.multiply(self.rate_percent, _HUNDREDTH))
        line = Line("percentage", paid, None, part, (("percent", self.rate_percent), ("free", free)))
        if not self.fixed_per_event or not events:
            return (line,), part
        fixed = EXACT.multiply(Decimal(events), self.fixed_per_event)
        fee = Line("fixed", Decimal(events), self.fixed_per_event, fixed)
        return (line, fee), EXACT.add(part, fixed)

    def words(self, say: Say) -> list[str]:
        """Percentage, fee and what is free."""
        found = [said("{rate_percent} % of each amount.", rate_percent=say.number(plain(self.rate_percent)))]
        if self.fixed_per_event:
            found.append(
                said("{fixed_per_event} for each transaction.", fixed_per_event=say.money(plain(self.fixed_per_event)))
            )
        if self.free_events:
            found.append(said("The first {free_events} transactions are free.", free_events=self.free_events))
        if self.free_amount:
            found.append(said("The first {free_amount} are free.", free_amount=say.money(plain(self.free_amount))))
        if self.min_per_transaction is not None:
            found.append(
                said(
                    "At least {min_per_transaction} for each transaction.",
                    min_per_transaction=say.money(plain(self.min_per_transaction)),
                )
            )
        if self.max_per_transaction is not None:
            found.append(
                said(
                    "At most {max_per_transaction} for each transaction.",
                    max_per_transaction=say.money(plain(self.max_per_transaction)),
                )
            )
        return found


def _count(number: str) -> str:
    return said("1 transaction") if number == "1" else said("{number} transactions", number=number)


@sentence("percentage")
def _percentage(line: Mapping[str, str], say: Say) -> str:
    base, amount = say.money(line["quantity"]), say.money(line["amount"])
    free = said(" ({free} are free)", free=say.money(line["free"])) if line["free"] != "0" else ""
    return said("{percent} % of {base} = {amount}{free}", percent=line["percent"], base=base, amount=amount, free=free)


@sentence("fixed")
def _fixed(line: Mapping[str, str], say: Say) -> str:
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return f"{_count(say.number(line['quantity']))} × {price} = {amount}"


@sentence("each_minimum")
def _each_minimum(line: Mapping[str, str], say: Say) -> str:
    bound, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "{transactions} raised to {bound} each: {amount}",
        transactions=_count(line["transactions"]),
        bound=bound,
        amount=amount,
    )


@sentence("each_maximum")
def _each_maximum(line: Mapping[str, str], say: Say) -> str:
    bound, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "{transactions} capped at {bound} each: {amount}",
        transactions=_count(line["transactions"]),
        bound=bound,
        amount=amount,
    )


MODEL = Percentage
