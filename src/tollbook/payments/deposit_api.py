"""Deposits over the API: what was promised, what is held, what became of it, and paying one. Served by `api`."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, MoneyOut, code, example, money
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.reach import chosen, own
from tollbook.kernel.errors import NotFound
from tollbook.payments import deposits, queries
from tollbook.payments.applying import By
from tollbook.payments.models import Deposit

routes = Routes("Payments")
_MONEY, _ZERO = {"amount": "25.00", "currency": "EUR"}, {"amount": "0.00", "currency": "EUR"}
_DEPOSIT = {
    "id": "dep_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "state": "held",
    "amount": _MONEY,
    "promised": True,
    "gives_back": _MONEY,
    "mode": "gateway",
    "rest": "wallet",
    "on_reject": "people",
    "verify_days": 14,
    "held": _MONEY,
    "given_back": _ZERO,
    "to_wallet": _ZERO,
    "kept": _ZERO,
    "lost": _ZERO,
    "reason": "",
    "payment": "pay_aaaaaaaaaaaaaaaaaaaaaaaa",
    "created_at": "2026-06-01T08:00:00Z",
    "pay_by": "2026-06-15T08:00:00Z",
    "held_at": "2026-06-01T08:05:00Z",
    "decided_at": None,
    "ended_at": None,
}


class DepositOut(BaseModel):
    """The deposit of an account: the promise of its sign-up, and where the money is."""

    model_config = example(_DEPOSIT)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Whose it is.")
    state: str = Field(
        description="awaiting_payment, expired, held, verified, rejected, refund_pending, refund_failed, refunded, "
        "kept, forfeited or called_back."
    )
    amount: MoneyOut = Field(description="What is deposited.")
    promised: bool = Field(description="Whether the sign-up promised a refund.")
    gives_back: MoneyOut = Field(description="What comes back when the account is verified.")
    mode: str = Field(description="How: gateway (the way it was paid) or wallet.")
    rest: str = Field(description="What becomes of the rest then: wallet or fee.")
    on_reject: str = Field(description="What a rejection means: forfeit, or people decide (people).")
    verify_days: int = Field(description="Within how many days of its payment it is decided.")
    held: MoneyOut = Field(description="What is held now.")
    given_back: MoneyOut = Field(description="What went back through the gateway, or is on its way.")
    to_wallet: MoneyOut = Field(description="What went into the wallet.")
    kept: MoneyOut = Field(description="What was kept: a fee, or forfeited.")
    lost: MoneyOut = Field(description="What the payer called back through the bank.")
    reason: str = Field(description="Why the account was not verified; empty: it was, or nobody decided yet.")
    payment: str | None = Field(description="The payment that it holds.")
    created_at: datetime = Field(description="When it was asked for.")
    pay_by: datetime = Field(description="Until when it is to be paid.")
    held_at: datetime | None = Field(description="When it was paid.")
    decided_at: datetime | None = Field(description="When the account was verified or rejected.")
    ended_at: datetime | None = Field(description="When nothing was held any more, and no refund was on its way.")


class PayDepositIn(Body):
    """A payment of a deposit."""

    model_config = example({"gateway": "test"})
    gateway: Annotated[str, code(40)] = Field(description="Through which gateway.")


class DepositPaymentOut(BaseModel):
    """A payment that was begun."""

    model_config = example({"payment": "pay_aaaaaaaaaaaaaaaaaaaaaaaa", "state": "started"})
    payment: str = Field(description="Its id: read the payment for `redirect`, where the payer goes on.")
    state: str = Field(description="Its state.")


def _out(found: Deposit) -> DepositOut:
    def amount(name: str) -> MoneyOut:
        return money(getattr(found, name), found.currency)

    return DepositOut(
        id=found.public_id,
        customer=found.customer.public_id,
        state=found.state,
        amount=amount("amount"),
        promised=found.promised,
        gives_back=amount("gives_back"),
        mode=found.mode,
        rest=found.rest,
        on_reject=found.on_reject,
        verify_days=found.verify_days,
        held=amount("left"),
        given_back=amount("given_back"),
        to_wallet=amount("to_wallet"),
        kept=amount("kept"),
        lost=amount("lost"),
        reason=found.reason,
        payment=found.payment.public_id if found.payment else None,
        created_at=found.created_at,
        pay_by=found.pay_by,
        held_at=found.held_at,
        decided_at=found.decided_at,
        ended_at=found.ended_at,
    )


@routes.reads("/deposits", "payments:read", answer=Page[DepositOut])
def list_deposits(
    request: ApiRequest, customer: str = "", state: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[DepositOut]:
    """Deposits of new accounts, the latest first; of one customer, in one state, if named."""
    whose = chosen(request, customer)
    rows = Deposit.objects.select_related("customer", "payment")
    rows = rows.filter(customer=whose) if whose else rows
    rows = rows.filter(state=state) if state else rows
    return page(rows, Order(descending=True), cursor, limit, _out)


@routes.reads("/deposits/{deposit_id}", "payments:read", answer=DepositOut)
def get_deposit(request: ApiRequest, deposit_id: str) -> DepositOut:
    """A deposit."""
    return _out(queries.deposit_by_public_id(deposit_id, own(request)))


@routes.adds("/deposits/{deposit_id}/payments", "payments:write", answer=DepositPaymentOut)
def pay_a_deposit(request: ApiRequest, deposit_id: str, pay_in: PayDepositIn) -> DepositPaymentOut:
    """Begin to pay a deposit, by a customer's own key, once for each Idempotency-Key.

    Refused with `portal_payment_off`, `deposit_not_asked`, `deposit_expired`, `gateway_not_offered`, `gateway_by_hand`.
    """
    mine = own(request)
    found = queries.deposit_by_public_id(deposit_id, mine)
    if mine is None:
        raise NotFound("deposit_not_found", "deposit: only the customer's own key pays it", param="deposit")
    queries.check_portal_payment(mine)
    by = By(request.principal.actor, "api")
    made = deposits.pay(found.customer, pay_in.gateway, key=effect_key(request), by=by)
    return DepositPaymentOut(payment=made.public_id, state=made.state)
