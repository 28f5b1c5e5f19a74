"""What customers let us charge while they are away: given, withdrawn, never assumed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.features import value_for, values_for
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.payments import methods
from tollbook.payments.applying import NOBODY, By, checked_amount, locked_customer
from tollbook.payments.models import Agreement
from tollbook.payments.queries import limits
from tollbook.payments.rules import ZERO
from tollbook.payments.settings import AUTO_TOP_UP, AUTO_TOP_UP_DAILY, COLLECT
from tollbook.wallets.queries import of_customer
from tollbook.wallets.top_ups import ask_below


def standing(customer: Customer, what: Agreement.What, wallet_id: int | None = None) -> Agreement | None:
    """The agreement that stands; None: there is none."""
    rows = Agreement.objects.filter(customer=customer, what=what, wallet_id=wallet_id, withdrawn_at__isnull=True)
    return rows.first()


@action
def agree_to_collect(customer: Customer, *, by: By = NOBODY) -> Agreement:
    """Let invoices be charged to the default method when they are issued, from now on.

    Refused "collect_off", "no_default_method".
    """
    customer = locked_customer(customer.pk)
    if not value_for(customer, COLLECT):
        raise Refused("collect_off", "collecting invoices by itself is off for this customer", param="customer")
    _check_method(customer)
    found = standing(customer, Agreement.What.INVOICES)
    return found or _give(customer, Agreement.What.INVOICES, by)


@action
def agree_to_top_up(
    customer: Customer, wallet_id: str, threshold: Decimal, amount: Decimal, daily_cap: Decimal, *, by: By = NOBODY
) -> Agreement:
    """Let the wallet (public id) be topped up by `amount` from the default method whenever what is available falls to
    `threshold` or below, for at most `daily_cap` in a day of the customer's zone; all in the wallet's currency.

    It takes the place of an earlier one. Refused "auto_top_up_off", "no_default_method", "auto_top_up_cap" for more
    than the brand allows in a day, "cap_below_amount", "threshold_negative", "recharge_too_small",
    "recharge_too_large", and as `checked_amount`; NotFound "wallet_not_found".
    """
    customer = locked_customer(customer.pk)
    wallet = of_customer(customer).filter(public_id=wallet_id).first()
    if wallet is None:
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id}", param="wallet")
    checked_amount(amount, wallet.currency)
    checked_amount(daily_cap, wallet.currency)
    limits(customer, wallet.currency).check(amount)
    most = allowed_daily(customer, wallet.currency)
    if threshold < ZERO:
        raise Refused("threshold_negative", f"threshold: {threshold} must be zero or more", param="threshold")
    if daily_cap > most:
        message = f"daily_cap: {daily_cap} is more than {most} {wallet.currency}, the most of a day"
        raise Refused("auto_top_up_cap", message, param="daily_cap", cap=str(most))
    if amount > daily_cap:
        message = f"daily_cap: {daily_cap} is less than one top-up of {amount}; give at least that"
        raise Refused("cap_below_amount", message, param="daily_cap")
    _check_method(customer)
    found = standing(customer, Agreement.What.TOP_UP, wallet.pk)
    if found is not None and found.daily_cap != daily_cap:
        withdraw(found, by=by)
        found = None
    made = found or _give(customer, Agreement.What.TOP_UP, by, wallet.pk, daily_cap)
    ask_below(wallet.pk, threshold, amount)
    return made


TOP_UP_TERMS = (AUTO_TOP_UP, AUTO_TOP_UP_DAILY)


def allowed_daily(customer: Customer, currency: str) -> Decimal:
    """The most that may be charged to top up a wallet in one day; Refused "auto_top_up_off" where nothing may."""
    cap = cap_of(values_for(customer, *TOP_UP_TERMS), currency)
    if cap <= ZERO:
        raise Refused("auto_top_up_off", f"topping up {currency} by itself is off for this customer", param="customer")
    return cap


def cap_of(terms: Sequence[Any], currency: str) -> Decimal:
    """The cap of a day in that currency by the values of TOP_UP_TERMS; zero where topping up by itself is off."""
    is_on, caps = terms
    return Decimal(caps.get(currency, ZERO)) if is_on else ZERO


def _check_method(customer: Customer) -> None:
    if methods.default_of(customer) is None:
        message = "there is no default method of payment to charge: save one first"
        raise Refused("no_default_method", message, param="method")


def _give(
    customer: Customer, what: Agreement.What, by: By, wallet_id: int | None = None, daily_cap: Decimal | None = None
) -> Agreement:
    terms: dict[str, Any] = {"wallet_id": wallet_id, "daily_cap": daily_cap}
    made = Agreement.objects.create(
        customer=customer, what=what, given_at=clock.now(), given_by=by.actor, **terms
    )  # fmt: skip
    detail = {"what": what.value, "daily_cap": str(daily_cap or "")}
    record("agreement.give", made.public_id, actor=by.actor, door=by.door, customer_id=customer.pk, detail=detail)
    return made


@action
def withdraw(agreement: Agreement, *, by: By = NOBODY) -> Agreement:
    """Charge nothing by itself any more; what is under way goes on. A wallet asks for top-ups as before."""
    locked_customer(agreement.customer_id)
    found = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if found.withdrawn_at is None:
        found.withdrawn_at = clock.now()
        found.save(update_fields=["withdrawn_at"])
        record("agreement.withdraw", found.public_id, actor=by.actor, door=by.door, customer_id=found.customer_id)
    return found
