"""What an explanation of an amount says: a tree of plain values, the same for pages, the API and the command line."""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tollbook.invoicing.explanation_parts import (
    ChargeTold,
    PaymentTold,
    PostingTold,
    PriceTold,
    RatingTold,
    RoundingTold,
    TaxTold,
    UseTold,
    money,
)
from tollbook.kernel.money import plain


def _data(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _data(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


@dataclass(frozen=True, slots=True)
class LineExplained:
    """Why a line costs what it costs. `check`: rated again from the price, it is the same to the last digit."""

    id: str
    invoice: str
    label: str
    customer: str
    position: int
    name: str
    unit: str
    currency: str
    quantity: Decimal
    net: Decimal
    period_start: datetime | None
    period_end: datetime | None
    price: PriceTold | None
    charges: tuple[ChargeTold, ...]
    rating: RatingTold | None
    rounding: RoundingTold
    use: UseTold | None
    tax: TaxTold
    postings: tuple[PostingTold, ...]
    payment: PaymentTold
    check: bool

    def data(self) -> dict[str, Any]:
        """JSON-able: decimals are text, instants ISO 8601."""
        found: dict[str, Any] = _data(self)
        return found

    def text(self, *, alone: bool = True) -> str:
        """Plain text; within an invoice (`alone` false) without what all lines share."""
        told = [f"{self.position}. {self.name}: {money(self.net, self.currency)}  ({self.id}, {self.label})"]
        if self.period_start and self.period_end:
            told.append(f"  Period: {self.period_start:%Y-%m-%d %H:%M} to {self.period_end:%Y-%m-%d %H:%M} UTC")
        told += _indented(self.price.text() if self.price else [])
        told += _indented(self.rating.text(self.currency) if self.rating else [])
        told += _indented([charge.text(self.currency) for charge in self.charges])
        told += _indented([self.rounding.sentence])
        told += _indented(self.use.text() if self.use else [])
        told += _indented([self.tax.sentence] if alone else [])
        told += _indented([posting.text() for posting in self.postings] if alone else [])
        told += _indented(self.payment.text(self.currency) if alone else [])
        told.append(f"  Check: {_CHECKED[self.check]}")
        return "\n".join(told)


@dataclass(frozen=True, slots=True)
class InvoiceExplained:
    """Why an invoice asks for what it asks for: its lines, its taxes, its postings and its payment."""

    id: str
    label: str
    customer: str
    currency: str
    issued_on: date | None
    net: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[LineExplained, ...]
    taxes: tuple[TaxTold, ...]
    postings: tuple[PostingTold, ...]
    payment: PaymentTold
    check: bool

    def data(self) -> dict[str, Any]:
        """JSON-able: decimals are text, instants ISO 8601."""
        found: dict[str, Any] = _data(self)
        return found

    def text(self) -> str:
        """Plain text."""
        told = [f"{self.label} ({self.id}) for {self.customer}, issued {self.issued_on}"]
        told += [line.text(alone=False) for line in self.lines]
        told.append(f"Net {money(self.net, self.currency)}")
        told += [tax.sentence for tax in self.taxes]
        told += [posting.text() for posting in self.postings]
        told += self.payment.text(self.currency)
        told.append(f"Check: {_CHECKED[self.check]}")
        return "\n".join(told)


_CHECKED = {True: "the steps add up to the amount", False: "THE STEPS DO NOT ADD UP TO THE AMOUNT"}


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
