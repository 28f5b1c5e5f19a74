"""Wallets over the API."""

from datetime import datetime
from typing import Annotated

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from tollbook.api.fields import MoneyIn, MoneyOut, code, example, money
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.reach import chosen, own
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import Money
from tollbook.wallets.actions import top_up
from tollbook.wallets.models import Movement, Wallet
from tollbook.wallets.queries import available

routes = Routes("Wallets")
ROUTERS = [("", routes)]

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


def _movement_out(movement: Movement, currency: str) -> MovementOut:
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


def _wallet(request: ApiRequest, public_id: str) -> Wallet:
    mine = own(request)
    rows: QuerySet[Wallet] = Wallet.objects.select_related("customer").filter(public_id=public_id)
    found = (rows.filter(customer=mine) if mine else rows).first()
    if found is None:
        raise NotFound("wallet_not_found", f"there is no wallet {public_id}", param="wallet")
    return found


@routes.reads("/wallets", "wallets:read", answer=Page[WalletOut])
def list_wallets(
    request: ApiRequest, customer: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[WalletOut]:
    """Wallets, in the order in which they were opened; of one customer, if named."""
    whose = chosen(request, customer)
    rows = Wallet.objects.select_related("customer")
    return page(rows.filter(customer=whose) if whose else rows, Order(), cursor, limit, wallet_out)


@routes.reads("/wallets/{wallet_id}", "wallets:read", answer=WalletOut)
def get_wallet(request: ApiRequest, wallet_id: str) -> WalletOut:
    """A wallet."""
    return wallet_out(_wallet(request, wallet_id))


@routes.reads("/wallets/{wallet_id}/movements", "wallets:read", answer=Page[MovementOut])
def list_movements(
    request: ApiRequest, wallet_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[MovementOut]:
    """Movements of a wallet, the latest first."""
    wallet = _wallet(request, wallet_id)
    rows = wallet.movements.prefetch_related("burns__grant")
    order = Order(descending=True, names=("kind", "key"))
    return page(rows, order, cursor, limit, lambda movement: _movement_out(movement, wallet.currency))


@routes.adds(
    "/wallets/{wallet_id}/top-ups",
    "wallets:write",
    answer=MovementOut,
    roles=(StaffRole.BILLING, StaffRole.FINANCE),
)
def top_up_wallet(request: ApiRequest, wallet_id: str, money_in: TopUpIn) -> MovementOut:
    """Put paid money into a wallet, once for each Idempotency-Key.

    Refused with `currency_mismatch` or `amount_not_positive`.
    """
    wallet = _wallet(request, wallet_id)
    amount = Money(money_in.amount, money_in.currency)
    movement = top_up(wallet.pk, amount, key=effect_key(request), gateway=money_in.gateway)
    record(
        "wallet.top_up",
        wallet.public_id,
        actor=request.principal.actor,
        door="api",
        customer_id=wallet.customer_id,
        detail={"amount": str(movement.amount), "currency": wallet.currency, "gateway": money_in.gateway},
    )
    return _movement_out(movement, wallet.currency)
