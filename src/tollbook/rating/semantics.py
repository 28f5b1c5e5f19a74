"""What billing engines disagree on, as fields of a price version, with presets named after the engines.

Sources of the presets: the published tests and manuals of Lago, Kill Bill, OpenMeter, Flexprice, Meteroid, HostBill and
WHMCS; where a manual is silent (tier borders of HostBill and WHMCS), the preset takes Tollbook's own default. Meteroid
takes no first fee at zero for graduated prices and does for volume prices; its preset is that of graduated ones.

Unused time: Kill Bill repairs what was billed (249.95 a month, blocked from 10 to 20 July: a credit of 80.63), Lago
issues a credit note for the days left, OpenMeter, Flexprice and Meteroid credit what is left of the period on a change.
HostBill prices an upgrade as (new daily price - old daily price) x days left and has pro-rated cancellation off by
default; WHMCS likewise gives the unused time back on an upgrade and nothing on a cancellation.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from tollbook.kernel.money import Rounding
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields


class Border(StrEnum):
    """To which tier a quantity exactly on a border belongs."""

    INCLUSIVE_TOP = "inclusive_top"
    LOWER_BOUND = "lower_bound"


class ProrationBase(StrEnum):
    """What a part of a period is measured in."""

    DAYS = "days"
    DAYS_30 = "days_30"
    SECONDS = "seconds"
    NONE = "none"


class Prorate(StrEnum):
    """What a part of a period scales."""

    PRICE = "price"
    LIMITS = "limits"
    NONE = "none"


class Unused(StrEnum):
    """What becomes of time that was paid in advance when the plan changes or ends early."""

    CREDIT = "credit"
    ON_CHANGE = "on_change"
    KEEP = "keep"


class Kind(StrEnum):
    """For what a price is due; its words differ."""

    ONE_TIME = "one_time"
    RECURRING = "recurring"
    METERED = "metered"


class PeriodEnd(StrEnum):
    """How the end of a period is shown; inside, periods are half-open instants in every case."""

    HALF_OPEN = "half_open"
    INCLUSIVE_DAY = "inclusive_day"


class CreditOrder(StrEnum):
    """Which prepaid credit is used first."""

    PRIORITY_EXPIRY_AGE = "priority_expiry_age"
    PRIORITY_AGE = "priority_age"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Semantics:
    """The choices; `words` tells them to a customer."""

    border: Border = Border.INCLUSIVE_TOP
    flat_at_zero: bool = True
    rounding: Rounding = Rounding.HALF_UP
    proration: ProrationBase = ProrationBase.DAYS
    prorate: Prorate = Prorate.PRICE
    unused: Unused = Unused.CREDIT
    period_end: PeriodEnd = PeriodEnd.HALF_OPEN
    credit_order: CreditOrder = CreditOrder.PRIORITY_EXPIRY_AGE

    @classmethod
    def parse(cls, source: Fields) -> Semantics:
        """Read an optional `preset` and any field that departs from it. Notes problems in `source`."""
        preset = source.raw("preset")
        base = cls()
        if preset is not None:
            if isinstance(preset, str) and preset in PRESETS:
                base = PRESETS[preset]
            else:
                source.fault("preset", preset, "bad_choice", f"give one of {', '.join(PRESETS)}")
        semantics = cls(
            border=source.choice("border", Border, base.border),
            flat_at_zero=source.boolean("flat_at_zero", base.flat_at_zero),
            rounding=source.choice("rounding", Rounding, base.rounding),
            proration=source.choice("proration", ProrationBase, base.proration),
            prorate=source.choice("prorate", Prorate, base.prorate),
            unused=source.choice("unused", Unused, base.unused),
            period_end=source.choice("period_end", PeriodEnd, base.period_end),
            credit_order=source.choice("credit_order", CreditOrder, base.credit_order),
        )
        source.close()
        return semantics

    def data(self) -> dict[str, Any]:
        """All choices, JSON-able. Presets are resolved: a later change of one changes no stored price."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value if isinstance(value, bool) else str(value) for name, value in values.items()}

    def words(self, names: tuple[str, ...], kind: Kind = Kind.RECURRING) -> list[str]:
        """One sentence for each of the named choices, as it is for a price of this kind."""
        own = _METERED_WORDS if kind is Kind.METERED else {}
        return [said({**_WORDS, **own}[name][str(getattr(self, name))]) for name in names]

    def of_parts(self, kind: Kind) -> tuple[str, ...]:
        """The choices that say what a part of a period costs for a price of this kind: none for a one-time price;
        time does not scale use, so how it is counted matters only where limits shrink.
        """
        if kind is Kind.ONE_TIME:
            return ()
        if kind is Kind.METERED:
            return ("proration", "prorate") if self.prorate is Prorate.LIMITS else ("prorate",)
        return ("proration", "prorate", "unused")


PRESETS: dict[str, Semantics] = {
    "lago": Semantics(period_end=PeriodEnd.INCLUSIVE_DAY, credit_order=CreditOrder.PRIORITY_AGE),
    "killbill": Semantics(flat_at_zero=False, credit_order=CreditOrder.AGE),
    "openmeter": Semantics(proration=ProrationBase.SECONDS),
    "flexprice": Semantics(flat_at_zero=False, period_end=PeriodEnd.INCLUSIVE_DAY),
    "meteroid": Semantics(border=Border.LOWER_BOUND, flat_at_zero=False, credit_order=CreditOrder.AGE),
    "hostbill": Semantics(flat_at_zero=False, unused=Unused.ON_CHANGE, credit_order=CreditOrder.AGE),
    "whmcs": Semantics(
        flat_at_zero=False, unused=Unused.ON_CHANGE, period_end=PeriodEnd.INCLUSIVE_DAY, credit_order=CreditOrder.AGE
    ),
}

DEFAULT = Semantics()


def semantics_with(preset: str, **changes: Any) -> Semantics:
    """The preset of that name with some choices changed."""
    return replace(PRESETS[preset], **changes)


_WORDS: dict[str, dict[str, str]] = {
    "border": {
        "inclusive_top": "A quantity exactly on a border still belongs to the lower tier.",
        "lower_bound": "A quantity exactly on a border already belongs to the higher tier.",
    },
    "flat_at_zero": {
        "True": "The first tier's fee is due even without any use.",
        "False": "Without any use, nothing is due.",
    },
    "rounding": {
        "half_up": "Each invoice line is rounded once, half up, to the currency's smallest unit.",
        "half_even": "Each invoice line is rounded once, half to even, to the currency's smallest unit.",
        "up": "Each invoice line is rounded once, away from zero, to the currency's smallest unit.",
        "down": "Each invoice line is rounded once, towards zero, to the currency's smallest unit.",
        "ceil": "Each invoice line is rounded once, upwards, to the currency's smallest unit.",
        "floor": "Each invoice line is rounded once, downwards, to the currency's smallest unit.",
    },
    "proration": {
        "days": "A part of a period is counted in local calendar days of that period.",
        "days_30": "A part of a period is counted in days of a month of 30 days.",
        "seconds": "A part of a period is counted in seconds.",
        "none": "A started period is due whole.",
    },
    "prorate": {
        "price": "For a part of a period, the same part of the price is due.",
        "limits": "For a part of a period, use is priced in full; allowance, minimum and maximum shrink.",
        "none": "A part of a period costs as much as a whole one.",
    },
    "unused": {
        "credit": "When the plan changes or ends early, time that was paid and not used is credited.",
        "on_change": "Time that was paid and not used is credited when the plan changes, not when it ends early.",
        "keep": "When the plan changes or ends early, time that was paid and not used is not credited.",
    },
    "period_end": {
        "half_open": "A period ends where the next one begins.",
        "inclusive_day": "A period is shown up to and including its last day.",
    },
    "credit_order": {
        "priority_expiry_age": "Credit is used by priority, then earliest expiry, then the oldest first.",
        "priority_age": "Credit is used by priority, then the oldest first.",
        "age": "Credit is used the oldest first.",
    },
}

# Use is never scaled by time.
_METERED_WORDS: dict[str, dict[str, str]] = {
    "prorate": {
        "price": "Use in a part of a period is priced in full; allowance, minimum and maximum stay whole.",
        "limits": _WORDS["prorate"]["limits"],
        "none": "Use in a part of a period is priced in full; allowance, minimum and maximum stay whole.",
    },
}


def every_sentence() -> list[str]:
    """All sentences that `Semantics.words` can say, for the catalogue of translations."""
    tables = (*_WORDS.values(), *_METERED_WORDS.values())
    return list(dict.fromkeys(sentence for table in tables for sentence in table.values()))
