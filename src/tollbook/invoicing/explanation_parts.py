"""The parts of an explanation, from the price to the payment: plain values, each with its text."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tollbook.kernel.money import minor_units, plain
from tollbook.kernel.words import grouped


def money(amount: Decimal, currency: str) -> str:
    """'12.30 EUR': every digit of the amount, and at least the currency's places."""
    whole, _, rest = plain(amount).partition(".")
    rest = rest.ljust(minor_units(currency), "0")
    return f"{grouped(f'{whole}.{rest}' if rest else whole, thousands=False)} {currency}"


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
