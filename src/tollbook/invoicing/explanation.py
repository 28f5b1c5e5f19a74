"""What an explanation of an amount says: a tree of plain values, the same for pages, the API and the command line."""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tollbook.kernel.money import minor_units, plain


def _data(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _data(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def money(amount: Decimal, currency: str) -> str:
    """'12.30 EUR': every digit of the amount, and at least the currency's places."""
    whole, _, rest = plain(amount).partition(".")
    rest = rest.ljust(minor_units(currency), "0")
    return f"{whole}.{rest} {currency}" if rest else f"{whole} {currency}"


@dataclass(frozen=True, slots=True)
class PriceTold:
    """The price: of which plan version, and what it says in words, with every choice of its semantics."""

    id: str
    code: str
    name: str
    plan: str
    version: int
    valid_from: datetime
    words: tuple[str, ...]

    def text(self) -> list[str]:
        """Lines of text."""
        head = f"Price {self.code} of {self.plan}, version {self.version}, valid from {self.valid_from:%Y-%m-%d}"
        return [head, *(f"  {sentence}" for sentence in self.words)]


@dataclass(frozen=True, slots=True)
class ChargeTold:
    """One revision: the difference that it charged, and whether it is on this line or on an earlier one."""

    id: str
    revision: int
    corrects: str | None
    reason: str
    quantity: Decimal
    amount: Decimal
    events: int
    charged_at: datetime
    here: bool

    def text(self, currency: str) -> str:
        """A line of text."""
        where = "" if self.here else ", on another invoice"
        reason = f"{self.reason}; " if self.reason else ""
        why = f" ({reason}adds to {self.corrects})" if self.corrects else ""
        return f"{self.id} revision {self.revision}: {plain(self.quantity)}, {money(self.amount, currency)}{why}{where}"


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step of the arithmetic, in a sentence."""

    sentence: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RatingTold:
    """The whole reading of the period, rated: the steps sum to `amount`."""

    quantity: Decimal
    share: str
    credited: bool
    steps: tuple[StepTold, ...]
    amount: Decimal

    def text(self, currency: str) -> list[str]:
        """Lines of text."""
        told = [step.sentence for step in self.steps]
        if self.credited:
            told.append("Credits exceed the use: the amount is given back.")
        return [*told, f"Owed for the period: {money(self.amount, currency)}"]


@dataclass(frozen=True, slots=True)
class RoundingTold:
    """The one rounding of the line: `rounded` is its net, or its price where that includes tax."""

    exact: Decimal
    carried: Decimal
    rounded: Decimal
    sentence: str


@dataclass(frozen=True, slots=True)
class EventTold:
    """A usage event as it was sent."""

    id: str
    source: str
    at: datetime
    quantity: Decimal
    dimensions: str
    resource: str


@dataclass(frozen=True, slots=True)
class ResourceTold:
    """How much of the use was by one resource."""

    resource: str
    events: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class UseTold:
    """The usage events behind the period's reading: the first ones in full, all of them counted."""

    meter: str
    aggregation: str
    events: int
    quantity: Decimal
    first: tuple[EventTold, ...]
    resources: tuple[ResourceTold, ...]

    def text(self) -> list[str]:
        """Lines of text."""
        told = [f"Use: {self.events} events of {self.meter}, {self.aggregation} {plain(self.quantity)}"]
        told += [f"  {r.resource or '(no resource)'}: {r.events} events, {plain(r.quantity)}" for r in self.resources]
        told += [
            f"  {e.at:%Y-%m-%d %H:%M:%S} {e.source}/{e.id}: {plain(e.quantity)} {e.dimensions} {e.resource}".rstrip()
            for e in self.first
        ]
        if self.events > len(self.first):
            told.append(f"  and {self.events - len(self.first)} more events")
        return told


@dataclass(frozen=True, slots=True)
class TaxPartTold:
    """One of several taxes of a group, computed by itself."""

    name: str
    percent: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class TaxTold:
    """The tax group of a line: computed over all lines of the group. `parts` are taxes with a name of their own."""

    code: str
    percent: Decimal
    reason: str
    net: Decimal
    tax: Decimal
    sentence: str
    name: str
    parts: tuple[TaxPartTold, ...]


@dataclass(frozen=True, slots=True)
class PostingTold:
    """A posting of the invoice: a debit is positive, a credit is negative."""

    transaction: str
    memo: str
    booked_on: date
    account: str
    owner: str
    amount: Decimal
    currency: str

    def text(self) -> str:
        """A line of text."""
        side = "debit" if self.amount > 0 else "credit"
        name = f"{self.account} {self.owner}".strip()
        return f"{self.booked_on} {self.transaction} {side:<6} {name}: {money(abs(self.amount), self.currency)}"


@dataclass(frozen=True, slots=True)
class DrawTold:
    """What a charge took from a wallet when the use happened, tax included."""

    charge: str
    wallet: str
    movement: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """How the invoice is paid: its state, what prepaid money settled, and what it asks for."""

    state: str
    total: Decimal
    prepaid: Decimal
    payable: Decimal
    due_on: date | None
    draws: tuple[DrawTold, ...]

    def text(self, currency: str) -> list[str]:
        """Lines of text."""
        due = f", due {self.due_on}" if self.due_on and self.payable else ""
        told = [
            f"Total {money(self.total, currency)}, prepaid {money(self.prepaid, currency)}, "
            f"to pay {money(self.payable, currency)}{due}: {self.state}"
        ]
        drawn = (f"  {d.charge} took {money(d.amount, currency)} from {d.wallet}" for d in self.draws)
        return [*told, *drawn]


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
