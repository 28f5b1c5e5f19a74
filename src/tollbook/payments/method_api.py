"""Saved methods over the API, and what customers let us charge by itself. Only a customer's own key can agree to
anything.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Amount, Body, code, example
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.reach import chosen, own
from tollbook.customers.settings import PORTAL_PAYMENT
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.payments import agreements, methods, saving
from tollbook.payments.applying import By
from tollbook.payments.models import Agreement, Method, Setup
from tollbook.wallets.queries import of_customer as wallets_of

routes = Routes("Payment methods")
_METHOD = {
    "id": "mth_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "gateway": "test",
    "label": "Test card ending 4242",
    "is_default": True,
    "created_at": "2026-06-01T08:00:00Z",
}


class MethodOut(BaseModel):
    """A way to pay that a gateway keeps for a customer."""

    model_config = example(_METHOD)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Whose it is.")
    gateway: str = Field(description="The gateway that keeps it.")
    label: str = Field(description="What people call it.")
    is_default: bool = Field(description="Whether it is charged while the customer is away.")
    created_at: datetime = Field(description="When it was saved.")


class SetupOut(BaseModel):
    """That a customer saves a method, without paying."""

    model_config = example({
        "id": "stp_aaaaaaaaaaaaaaaaaaaaaaaa", "gateway": "test", "state": "started", "redirect": None, "method": None,
    })  # fmt: skip
    id: str = Field(description="Its id.")
    gateway: str = Field(description="The gateway that shall keep it.")
    state: str = Field(description="started, pending, unknown, succeeded, failed or cancelled.")
    redirect: str | None = Field(description="Where the customer goes on, while it is pending.")
    method: str | None = Field(description="The method that was saved.")


class SetupIn(Body):
    """A method to be saved."""

    model_config = example({"gateway": "test"})
    gateway: Annotated[str, code(40)] = Field(description="The gateway that shall keep it.")


class CollectOut(BaseModel):
    """Whether invoices are charged to the default method when they are issued."""

    model_config = example({"agreed": True, "since": "2026-06-01T08:00:00Z"})
    agreed: bool = Field(description="Whether they are.")
    since: datetime | None = Field(description="Since when.")


class CollectIn(Body):
    """Whether invoices shall be charged when they are issued."""

    model_config = example({"agreed": True})
    agreed: bool = Field(description="Whether they shall.")


class AutoTopUpOut(BaseModel):
    """Whether a wallet is topped up by itself, and how; amounts in the wallet's currency."""

    model_config = example({
        "agreed": True, "threshold": "20.00", "amount": "50.00", "daily_cap": "100.00", "since": "2026-06-01T08:00:00Z",
    })  # fmt: skip
    agreed: bool = Field(description="Whether it is.")
    threshold: str | None = Field(description="A top-up is asked for when no more than this is available.")
    amount: str | None = Field(description="How much is asked for.")
    daily_cap: str | None = Field(description="How much is charged in a day of the customer's zone at most.")
    since: datetime | None = Field(description="Since when.")


class AutoTopUpIn(Body):
    """How a wallet shall be topped up by itself, in its currency."""

    model_config = example({"threshold": "20.00", "amount": "50.00", "daily_cap": "100.00"})
    threshold: Amount = Field(description="Top it up when no more than this is available.")
    amount: Amount = Field(description="By how much.")
    daily_cap: Amount = Field(description="For at most so much in a day of the customer's zone.")


class RemoveIn(Body):
    """Nothing has to be said."""

    model_config = example({})


def _method_out(method: Method) -> MethodOut:
    return MethodOut(
        id=method.public_id,
        customer=method.customer.public_id,
        gateway=method.gateway,
        label=method.label,
        is_default=method.is_default,
        created_at=method.created_at,
    )


def _setup_out(setup: Setup) -> SetupOut:
    return SetupOut(
        id=setup.public_id,
        gateway=setup.gateway,
        state=setup.state,
        redirect=setup.redirect if setup.redirect and setup.state == "pending" else None,
        method=setup.method.public_id if setup.method else None,
    )


def _by(request: ApiRequest) -> By:
    return By(request.principal.actor, "api")


def _payer(request: ApiRequest) -> Customer:
    """The customer whose own key it is; Refused "own_key_needed", "portal_payment_off"."""
    mine = own(request)
    if mine is None:
        raise Refused("own_key_needed", "only a customer's own key can let its methods be saved or charged")
    if not value_for(mine, PORTAL_PAYMENT):
        raise Refused("portal_payment_off", "customers do not pay here by themselves: please write to us")
    return mine


@routes.reads("/payment-methods", "payments:read", answer=Page[MethodOut])
def list_payment_methods(
    request: ApiRequest, customer: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[MethodOut]:
    """Saved methods that can be charged, the latest first; of one customer, if named."""
    whose = chosen(request, customer)
    rows = Method.objects.filter(retired_at__isnull=True).select_related("customer")
    return page(rows.filter(customer=whose) if whose else rows, Order(descending=True), cursor, limit, _method_out)


@routes.adds("/payment-methods", "payments:write", answer=SetupOut)
def save_a_payment_method(request: ApiRequest, setup_in: SetupIn) -> SetupOut:
    """Begin to save a method, without paying, once for each Idempotency-Key.

    The gateway is called after the answer: read the set-up again for `redirect`, where the customer goes on. Refused
    with `own_key_needed`, `portal_payment_off`, `gateway_saves_nothing`, `gateway_not_offered`.
    """
    mine = _payer(request)
    return _setup_out(
        saving.set_up(mine, setup_in.gateway, mine.currency, key=effect_key(request), by=_by(request))
    )  # fmt: skip


@routes.reads("/payment-methods/setups/{setup_id}", "payments:read", answer=SetupOut)
def get_a_setup(request: ApiRequest, setup_id: str) -> SetupOut:
    """How far saving a method is."""
    return _setup_out(saving.by_public_id(setup_id, own(request)))


def _collect_out(customer: Customer) -> CollectOut:
    found = agreements.standing(customer, Agreement.What.INVOICES)
    return CollectOut(agreed=found is not None, since=found.given_at if found else None)


@routes.replaces("/invoice-collection", "payments:write", answer=CollectOut)
def agree_to_collection(request: ApiRequest, collect_in: CollectIn) -> CollectOut:
    """Let invoices be charged to the default method when they are issued, or no longer.

    Refused with `own_key_needed`, `collect_off`, `no_default_method`.
    """
    mine = _payer(request)
    if collect_in.agreed:
        agreements.agree_to_collect(mine, by=_by(request))
    elif found := agreements.standing(mine, Agreement.What.INVOICES):
        agreements.withdraw(found, by=_by(request))
    return _collect_out(mine)


def _auto_out(customer: Customer, wallet_id: str) -> AutoTopUpOut:
    wallet = wallets_of(customer).filter(public_id=wallet_id).first()
    if wallet is None:
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id}", param="wallet")
    found = agreements.standing(customer, Agreement.What.TOP_UP, wallet.pk)
    return AutoTopUpOut(
        agreed=found is not None,
        threshold=None if wallet.threshold is None else plain(wallet.threshold),
        amount=None if wallet.top_up_amount is None else plain(wallet.top_up_amount),
        daily_cap=plain(found.daily_cap) if found and found.daily_cap else None,
        since=found.given_at if found else None,
    )


@routes.reads("/wallets/{wallet_id}/auto-top-up", "payments:read", answer=AutoTopUpOut)
def get_auto_top_up(request: ApiRequest, wallet_id: str) -> AutoTopUpOut:
    """Whether a wallet of the customer is topped up by itself. Refused with `own_key_needed`."""
    return _auto_out(_payer(request), wallet_id)


@routes.replaces("/wallets/{wallet_id}/auto-top-up", "payments:write", answer=AutoTopUpOut)
def agree_to_auto_top_up(request: ApiRequest, wallet_id: str, terms: AutoTopUpIn) -> AutoTopUpOut:
    """Let the default method be charged to top up a wallet when it is low.

    Refused with `own_key_needed`, `auto_top_up_off`, `auto_top_up_cap`, `cap_below_amount`, `no_default_method`,
    `recharge_too_small`, `recharge_too_large`.
    """
    mine = _payer(request)
    agreements.agree_to_top_up(mine, wallet_id, terms.threshold, terms.amount, terms.daily_cap, by=_by(request))
    return _auto_out(mine, wallet_id)


@routes.adds("/wallets/{wallet_id}/auto-top-up/stop", "payments:write", answer=AutoTopUpOut)
def stop_auto_top_up(request: ApiRequest, wallet_id: str, nothing: RemoveIn) -> AutoTopUpOut:
    """Top a wallet up by itself no more; it asks for top-ups as before."""
    mine = _payer(request)
    wallet = wallets_of(mine).filter(public_id=wallet_id).first()
    found = agreements.standing(mine, Agreement.What.TOP_UP, wallet.pk) if wallet else None
    if found is not None:
        agreements.withdraw(found, by=_by(request))
    return _auto_out(mine, wallet_id)


@routes.adds("/payment-methods/{method_id}/default", "payments:write", answer=MethodOut)
def charge_this_method(request: ApiRequest, method_id: str, nothing: RemoveIn) -> MethodOut:
    """Charge this method from now on. Refused with `method_retired`, `own_key_needed`."""
    found = methods.by_public_id(method_id, _payer(request))
    return _method_out(methods.make_default(found, by=_by(request)))


@routes.adds("/payment-methods/{method_id}/remove", "payments:write", answer=MethodOut)
def remove_a_method(request: ApiRequest, method_id: str, nothing: RemoveIn) -> MethodOut:
    """Charge this method no more; a customer's own key, or staff."""
    found = methods.by_public_id(method_id, own(request))
    return _method_out(methods.retire_method(found, by=_by(request)))
