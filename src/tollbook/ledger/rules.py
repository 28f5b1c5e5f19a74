"""Kinds of accounts and what a balanced transaction is; pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tollbook.kernel.errors import Refused


class AccountKind(StrEnum):
    RECEIVABLE = "receivable"
    WALLET = "wallet"
    ADVANCE = "advance"
    # Paid by a customer and not yet used for an invoice: what payments.Payment rows have left.
    UNAPPLIED = "unapplied"
    REVENUE = "revenue"
    TAX_PAYABLE = "tax_payable"
    CLEARING = "clearing"
    SUPPLIER_PAYABLE = "supplier_payable"
    COST_OF_SALES = "cost_of_sales"
    PROMOTION = "promotion"
    # What redemptions took off prices, and against them the total: revenue is net of it, so this is no part of profit.
    DISCOUNT = "discount"
    # What accounts deposited at sign-up, and what such deposits left us: a fee, or forfeited.
    DEPOSIT_HELD = "deposit_held"
    DEPOSIT_KEPT = "deposit_kept"
    ROUNDING = "rounding"
    WRITE_OFF = "write_off"
    EXCHANGE = "exchange"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(kind.value, kind.value.replace("_", " ")) for kind in cls]


@dataclass(frozen=True, slots=True)
class Slot:
    """Which account: its kind, whose it is (public id or code; empty for the brand's own), and of which
    customer.
    """

    kind: AccountKind
    currency: str
    owner: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting to be: positive debits the slot, negative credits it."""

    slot: Slot
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Cause:
    """What moved the money; one transaction for each, for ever (M5)."""

    source_type: str
    source_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` out of one account into another of the same currency; negative goes the other way."""

    source: Slot
    target: Slot
    amount: Decimal


def transfer_legs(transfer: Transfer) -> tuple[Leg, ...]:
    """The legs of a transfer, none where it moves nothing; Refused "currency_mismatch".

    The source is credited and the target debited, so that a balance is what came in less what went out.
    """
    if transfer.source.currency != transfer.target.currency:
        both = f"{transfer.source.currency} and {transfer.target.currency}"
        raise Refused("currency_mismatch", f"a transfer is in one currency, not in {both}", param="target")
    return balanced((Leg(transfer.source, -transfer.amount), Leg(transfer.target, transfer.amount)))


def balanced(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """The legs merged per slot, without zeros; Refused "ledger_unbalanced" unless each currency sums to zero."""
    merged: dict[Slot, Decimal] = defaultdict(Decimal)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for leg in legs:
        merged[leg.slot] += leg.amount
        sums[leg.slot.currency] += leg.amount
    for currency, total in sums.items():
        if total:
            raise Refused("ledger_unbalanced", f"postings in {currency} sum to {total}, not to zero", param="legs")
    return tuple(Leg(slot, amount) for slot, amount in merged.items() if amount)
