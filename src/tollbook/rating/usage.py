"""The particulars of a quantity, for prices that need more than one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of a quantity besides its sum. A price takes what it needs and refuses to guess.

    values    of each event, transaction or reading, in order
    count     number of events, where their values are not kept; else that of `values`
    running   running totals after each event that counts towards a free allowance
    whole     whole units that choose the tier, where the quantity is weighted for time
    changes   of a level, in order: (units, the same weighted for time)
    peaks     highest level of each kind of unit
    parts     quantity of each value of a dimension, such as a region or a dialled number
    start, end  of a call or session, as wall-clock times (naive) of the place whose tariff applies
    goes_on   whether the session continues an earlier one that has paid its connect fee
    """

    values: tuple[Decimal, ...] = ()
    count: int | None = None
    running: tuple[Decimal, ...] = ()
    whole: Decimal | None = None
    changes: tuple[tuple[Decimal, Decimal], ...] = ()
    peaks: Mapping[str, Decimal] = field(default_factory=dict)
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    goes_on: bool = False

    @property
    def total(self) -> Decimal:
        """The sum of the values: the quantity that `rate` is given with them."""
        return add_up(self.values)

    @property
    def events(self) -> int:
        """How many events there were."""
        return len(self.values) if self.count is None else self.count


def missing(model: str, what: str) -> Refused:
    """The refusal of a price that cannot do without some particulars."""
    return Refused("usage_needed", f"a {model} price needs {what}, not only a quantity", param="usage")
