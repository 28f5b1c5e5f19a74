"""What the wallet routes take and answer, as the API's document tells it (plans and levels: `plan_api`)."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Amount, Body, Instant, MoneyIn, MoneyOut, code, example, money, text
from tollbook.wallets.batch import BATCH
from tollbook.wallets.models import Hold, Movement, Wallet
from tollbook.wallets.queries import available

_MONEY = {"amount": "50.00", "currency": "EUR"}


class WalletOut(BaseModel):
    """Prepaid money of a customer. available = balance - held + credit limit; it never falls below zero."""

    model_config = example(
        {
            "id": "wal_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "subscription": None,
            "balance": _MONEY,
            "held": {"amount": "5.00", "currency": "EUR"},
            "credit_limit": {"amount": "0.00", "currency": "EUR"},
            "available": {"amount": "45.00", "currency": "EUR"},
            "created_at": "2026-05-01T08:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    customer: str = Field(description="Whose money it is.")
    subscription: str | None = Field(description="The only subscription that may draw; null: any of the customer's.")
    balance: MoneyOut = Field(description="What is booked in it.")
    held: MoneyOut = Field(description="What is reserved.")
    credit_limit: MoneyOut = Field(description="How far it may be overdrawn.")
    available: MoneyOut = Field(description="What can be used now.")
    created_at: datetime = Field(description="When it was opened.")


class BurnOut(BaseModel):
    """What a movement took from a grant, or (negative) gave back to it."""

    model_config = example({"grant": "gra_aaaaaaaaaaaaaaaaaaaaaaaa", "name": "Welcome", "amount": _MONEY})
    grant: str = Field(description="The grant.")
    name: str = Field(description="Its name.")
    amount: MoneyOut = Field(description="How much.")


class MovementOut(BaseModel):
    """A change of a wallet's balance."""

    model_config = example(
        {
            "kind": "top_up",
            "amount": _MONEY,
            "balance_after": _MONEY,
            "memo": "",
            "at": "2026-05-01T08:00:00Z",
            "burns": [],
        }
    )
    kind: str = Field(description="top_up, grant, draw, return or expiry.")
    amount: MoneyOut = Field(description="Added; negative where it was taken out.")
    balance_after: MoneyOut = Field(description="The balance that it left.")
    memo: str = Field(description="What it was for.")
    at: datetime = Field(description="When it counts.")
    burns: list[BurnOut] = Field(description="The grants that it took from, in turn.")


class HoldIn(MoneyIn):
    """Money to be reserved."""

    model_config = example({**_MONEY, "expires_at": "2026-05-01T08:10:00Z"})
    expires_at: Instant | None = Field(None, description="When it is freed by itself; null: never.")


class HoldsIn(Body):
    """Money to be reserved for several things at once."""

    model_config = example({"holds": [{**_MONEY, "expires_at": "2026-05-01T08:10:00Z"}]})
    holds: list[HoldIn] = Field(min_length=1, max_length=BATCH, description="Decided in this order.")


class HoldResultOut(BaseModel):
    """What became of one of several holds."""

    model_config = example({"id": "hld_aaaaaaaaaaaaaaaaaaaaaaaa", "code": None, "message": None})
    id: str | None = Field(description="The hold; null where it was refused.")
    code: str | None = Field(description="Why it was refused, for programs: wallet_short, currency_mismatch, …")
    message: str | None = Field(description="Why it was refused, for people.")


class HoldsOut(BaseModel):
    """What became of several holds."""

    model_config = example({"held": 1, "refused": 0, "results": []})
    held: int = Field(description="How many are held.")
    refused: int = Field(description="How many were refused; they keep nothing of the others back.")
    results: list[HoldResultOut] = Field(description="One for each hold, in the order sent.")


class CaptureIn(Body):
    """What is taken of a hold."""

    model_config = example({"amount": "3.20", "memo": "Call of 12 minutes"})
    amount: Amount | None = Field(None, description="Up to what is held; the rest is freed. Null: all, 0: nothing.")
    memo: Annotated[str, text(300, required=False)] = Field("", description="What it was for.")


class ReleaseIn(Body):
    """Why a hold is freed."""

    model_config = example({"reason": "The call was not answered"})
    reason: Annotated[str, text(300, required=False)] = Field("", description="For the audit trail.")


class HoldOut(BaseModel):
    """Money reserved and not yet charged."""

    model_config = example(
        {
            "id": "hld_aaaaaaaaaaaaaaaaaaaaaaaa",
            "wallet": "wal_aaaaaaaaaaaaaaaaaaaaaaaa",
            "state": "open",
            "amount": _MONEY,
            "captured": {"amount": "0.00", "currency": "EUR"},
            "expires_at": "2026-05-01T08:10:00Z",
            "created_at": "2026-05-01T08:00:00Z",
            "closed_at": None,
        }
    )
    id: str = Field(description="Its id.")
    wallet: str = Field(description="The wallet.")
    state: str = Field(description="open, captured, released or expired.")
    amount: MoneyOut = Field(description="What was reserved.")
    captured: MoneyOut = Field(description="What was taken of it.")
    expires_at: datetime | None = Field(description="When it is freed by itself; null: never.")
    created_at: datetime = Field(description="When it was made.")
    closed_at: datetime | None = Field(description="When it ended; null while it is open.")


class ForecastOut(BaseModel):
    """When a wallet will be empty."""

    model_config = example({"empty_at": "2026-05-11T08:00:00Z", "per_day": _MONEY, "basis_days": 7})
    empty_at: datetime | None = Field(description="At the present rate; null when it is not being used up.")
    per_day: MoneyOut | None = Field(description="The present rate.")
    basis_days: int | None = Field(description="Of how many days it is the mean: 7, or 1 for a wallet new in use.")


class TopUpIn(MoneyIn):
    """Paid money to be put into a wallet."""

    model_config = example({**_MONEY, "gateway": "manual"})
    gateway: Annotated[str, code(40)] = Field("manual", description="Where the money came in: which clearing account.")


def wallet_out(wallet: Wallet) -> WalletOut:
    """A wallet with its customer loaded, as the API shows it."""
    currency = wallet.currency
    return WalletOut(
        id=wallet.public_id,
        customer=wallet.customer.public_id,
        subscription=wallet.scope or None,
        balance=money(wallet.balance, currency),
        held=money(wallet.held, currency),
        credit_limit=money(wallet.credit_limit, currency),
        available=money(available(wallet), currency),
        created_at=wallet.created_at,
    )


def movement_out(movement: Movement, currency: str) -> MovementOut:
    """A movement of a wallet in `currency`, as the API shows it."""
    return MovementOut(
        kind=movement.kind,
        amount=money(movement.amount, currency),
        balance_after=money(movement.balance_after, currency),
        memo=movement.memo,
        at=movement.at,
        burns=[
            BurnOut(grant=burn.grant.public_id, name=burn.grant.name, amount=money(burn.amount, currency))
            for burn in movement.burns.all()
        ],
    )


def hold_out(hold: Hold) -> HoldOut:
    """A hold with its wallet loaded, as the API shows it."""
    currency = hold.wallet.currency
    return HoldOut(
        id=hold.public_id,
        wallet=hold.wallet.public_id,
        state=hold.state,
        amount=money(hold.amount, currency),
        captured=money(hold.captured, currency),
        expires_at=hold.expires_at,
        created_at=hold.created_at,
        closed_at=hold.closed_at,
    )
