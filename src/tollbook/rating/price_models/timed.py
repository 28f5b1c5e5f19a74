"""Timed: calls and sessions by weekday and time of day, in steps, with a connect fee.

CGRateS' way. The slot of a moment is the one of its weekday that began last; a started step is charged whole
at the slot in which it begins; the connect fee is that of the first slot, once for a session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple, Self

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import EXACT, add_up, plain, to_decimal
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics
from tollbook.rating.usage import Usage, missing

_ZERO = Decimal(0)
_SECOND = timedelta(seconds=1)
LONGEST_SESSION = timedelta(days=3660)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Slot(NamedTuple):
    """A tariff on some weekdays (1 is Monday) from `start` on: `rate` for `unit_s` s, in steps.

    A step is `step_s` seconds; `first_s` seconds from the beginning of the session are one step, where it is
    above zero.
    """

    weekdays: tuple[int, ...]
    start: time
    connect_fee: Decimal
    rate: Decimal
    unit_s: int
    step_s: int
    first_s: int

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {
            "weekdays": list(self.weekdays),
            "from": self.start.strftime("%H:%M"),
            "connect_fee": plain(self.connect_fee),
            "rate": plain(self.rate),
            "rate_unit_s": self.unit_s,
            "increment_s": self.step_s,
            "first_block_s": self.first_s,
        }


@dataclass(frozen=True, slots=True)
class Timed(PriceModel):
    """Slots of the week; with `free_beyond`, a session costs at most that and goes on for nothing."""

    name: ClassVar[str] = "timed"
    slots: tuple[Slot, ...]
    free_beyond: Decimal | None = None

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Fields: free_beyond; slots, a list of {weekdays, from, connect_fee, rate, rate_unit_s, increment_s,
        first_block_s}.
        """
        if source.has("allowance"):
            source.fault("allowance", source.raw("allowance"), "not_here", "give seconds from a wallet of units")
        return cls(tuple(_slot(item) for item in source.objects("slots")), source.optional_decimal("free_beyond"))

    def data(self) -> dict[str, Any]:
        """As stored."""
        found: dict[str, Any] = {"slots": [slot.data() for slot in self.slots]}
        return found if self.free_beyond is None else {**found, "free_beyond": plain(self.free_beyond)}

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """A length alone does not say when it was."""
        raise missing(self.name, "start and end")

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """A line for each slot that the session passed through, and one for the connect fee."""
        if usage.start is None or usage.end is None:
            raise missing(self.name, "start and end")
        if usage.end <= usage.start:
            return (), _ZERO
        if usage.end - usage.start > LONGEST_SESSION:
            message = f"a session of {usage.end - usage.start} is too long: cut it after {LONGEST_SESSION.days} days"
            raise Refused("session_too_long", message, param="usage")
        lines: list[Line] = []
        total = Fraction(0)
        fee = self.slot(usage.start).connect_fee
        if fee and not usage.goes_on:
            lines.append(Line("connect", None, None, fee))
            total += Fraction(fee)
        for line, exact in self._steps(usage.start, usage.end):
            lines.append(line)
            total += exact
        # Thirds of a cent in three slots are a whole one: the total is rounded once, not slot by slot.
        amount, _ = to_decimal(total)
        rest = EXACT.subtract(amount, add_up(line.amount for line in lines))
        if rest:
            lines.append(Line("adjustment", None, None, rest))
        if self.free_beyond is not None and amount > self.free_beyond:
            off = EXACT.subtract(self.free_beyond, amount)
            lines.append(Line("free_beyond", None, self.free_beyond, off, (("before", amount),)))
            amount = self.free_beyond
        return tuple(lines), amount

    def slot(self, at: datetime) -> Slot:
        """The slot of a moment, or Refused 'no_slot'."""
        found = [s for s in self.slots if at.isoweekday() in s.weekdays and s.start <= at.time()]
        if not found:
            raise Refused("no_slot", f"the price has no slot for {WEEKDAYS[at.weekday()]} {at:%H:%M}", param="slots")
        return max(found, key=lambda slot: slot.start)

    def _slot_end(self, at: datetime) -> datetime:
        """When another slot begins: at the next `from` of that day, or at midnight."""
        later = [s.start for s in self.slots if at.isoweekday() in s.weekdays and s.start > at.time()]
        if later:
            return datetime.combine(at.date(), min(later), at.tzinfo)
        return datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)

    def _steps(self, start: datetime, end: datetime) -> Iterator[tuple[Line, Fraction]]:
        """A line for each slot passed through, and its exact amount."""
        clock = start
        while clock < end:
            slot = self.slot(clock)
            first = slot.first_s * _SECOND - (clock - start)
            if first > timedelta(0):
                step, steps = first, 1
            else:
                # All steps that begin in this slot at once: a day by seconds is one line, not 86,400 rounds.
                step = slot.step_s * _SECOND
                steps = -((clock - min(end, self._slot_end(clock))) // step)
            seconds = Fraction(step * steps // timedelta(microseconds=1), 1_000_000)
            cost = Fraction(slot.rate) * seconds / slot.unit_s
            amount, exact = to_decimal(cost)
            facts: tuple[tuple[str, str | int | Decimal], ...] = (
                ("at", clock.isoformat(sep=" ")),
                ("unit_s", slot.unit_s),
            )
            if not exact:
                facts = (*facts, ("rounded", "20 places, half even"))
            yield Line("timed", to_decimal(seconds)[0], slot.rate, amount, facts), cost
            clock += step * steps

    def words(self, say: Say) -> list[str]:
        """The slots."""
        found = []
        for slot in self.slots:
            days = ", ".join(said(WEEKDAYS[day - 1]) for day in slot.weekdays)
            rate, fee = say.money(plain(slot.rate)), say.money(plain(slot.connect_fee))
            first = said(", the first {first_s} s whole", first_s=slot.first_s) if slot.first_s else ""
            steps = said(
                "{rate} for {unit_s} s in steps of {step_s} s{first}",
                rate=rate,
                unit_s=slot.unit_s,
                step_s=slot.step_s,
                first=first,
            )
            found.append(
                said(
                    "{days} from {start:%H:%M}: {steps}, connect fee {fee}.",
                    days=days,
                    start=slot.start,
                    steps=steps,
                    fee=fee,
                )
            )
        if self.free_beyond is not None:
            found.append(said("A session costs at most {free_beyond}.", free_beyond=say.money(plain(self.free_beyond))))
        return found


def _slot(item: Fields) -> Slot:
    weekdays, text = item.raw("weekdays"), item.raw("from")
    if not isinstance(weekdays, list | tuple) or not weekdays or not all(_is_weekday(day) for day in weekdays):
        item.fault("weekdays", weekdays, "bad_list", "give numbers from 1, Monday, to 7")
        weekdays = []
    try:
        start = datetime.strptime(text if isinstance(text, str) else "", "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        item.fault("from", text, "bad_time", "give a time of day such as 08:00")
        start = time()
    slot = Slot(
        tuple(sorted(set(weekdays))),
        start,
        item.decimal("connect_fee", _ZERO),
        item.decimal("rate"),
        int(item.positive("rate_unit_s")),
        int(item.positive("increment_s")),
        item.optional_count("first_block_s") or 0,
    )
    item.close()
    return slot


def _is_weekday(day: object) -> bool:
    return isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= len(WEEKDAYS)


@sentence("connect")
def _connect(line: Mapping[str, str], say: Say) -> str:
    return said("Connect fee: {amount}", amount=say.money(line["amount"]))


@sentence("timed")
def _timed(line: Mapping[str, str], say: Say) -> str:
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "From {at}: {quantity} s × {price} / {unit_s} s = {amount}",
        at=line["at"],
        quantity=say.number(line["quantity"]),
        price=price,
        unit_s=line["unit_s"],
        amount=amount,
    )


@sentence("free_beyond")
def _free_beyond(line: Mapping[str, str], say: Say) -> str:
    before, most, amount = (say.money(line[name]) for name in ("before", "unit_price", "amount"))
    return said("A session costs at most {most}, not {before}: {amount}", most=most, before=before, amount=amount)


MODEL = Timed
