"""Top-ups that a low wallet asks for: made once when it becomes low, closed by the payment that ends it.

The record is what payments and invoicing act on; nothing here asks anybody for money.
"""

from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import POSTING_PLACES, plain, round_to
from tollbook.notifications.actions import tell
from tollbook.wallets.locks import locked
from tollbook.wallets.models import Movement, TopUpRequest, Wallet
from tollbook.wallets.queries import available, open_request
from tollbook.wallets.rules import AtZero, needs_top_up

SET = "set"
MOST_GRACE_HOURS = 32_767


def watch(wallet: Wallet, cause: str, at: datetime) -> TopUpRequest | None:
    """Ask for a top-up where what a locked wallet has available is at or below its threshold and none is asked for.

    `cause` is the key of what made it low. Returns the new request, None where there is nothing to ask for.
    """
    left = available(wallet)
    if not needs_top_up(left, wallet.threshold, is_open=False) or wallet.top_up_amount is None:
        return None
    if not needs_top_up(left, wallet.threshold, is_open=open_request(wallet) is not None):
        return None
    made = TopUpRequest.objects.create(wallet=wallet, amount=wallet.top_up_amount, cause=cause, opened_at=at)
    news("low", wallet, at)
    asked = {"wallet": wallet.public_id, "amount": plain(made.amount), "currency": wallet.currency}
    tell("topup.requested", wallet.customer_id, made.public_id, asked, at)
    return made


def news(state: str, wallet: Wallet, at: datetime) -> None:
    """Tell that a locked wallet is "low" or "empty"."""
    told = {"balance": plain(wallet.balance), "currency": wallet.currency}
    tell(f"wallet.{state}", wallet.customer_id, wallet.public_id, told, at)


def close_paid(wallet: Wallet, paid: Movement, named: str) -> None:
    """Close the open request of a locked wallet, if `paid` pays it: it is `named` by its id, or is not needed any more.

    Refused "top_up_request_not_open" when a request is named that the wallet does not ask for.
    """
    found = open_request(wallet)
    if named and (found is None or found.public_id != named):
        raise Refused("top_up_request_not_open", f"request: {named} is not open on this wallet", param="request")
    if found is None or (not named and needs_top_up(available(wallet), wallet.threshold, is_open=False)):
        return
    found.closed_at, found.paid_by = paid.at, paid
    found.save(update_fields=["closed_at", "paid_by"])


@action
def ask_below(
    wallet_id: int, threshold: Decimal | None, amount: Decimal | None = None, *, at: datetime | None = None
) -> Wallet:
    """Ask for a top-up of `amount` whenever what is available falls to `threshold` or below; None: never again.

    Both in the wallet's currency. A wallet that is as low already asks at once; what is asked for stays asked for.
    Refused "amount_not_positive", and "threshold_incomplete" when one of them is given without the other.
    """
    wallet, at = locked(wallet_id), at or clock.now()
    if (threshold is None) != (amount is None):
        raise Refused("threshold_incomplete", "give threshold and amount together, or neither", param="threshold")
    if amount is not None and round_to(amount, POSTING_PLACES) <= 0:
        raise Refused("amount_not_positive", f"amount: {amount} must be more than zero", param="amount")
    limit = None if threshold is None else round_to(threshold, POSTING_PLACES)
    value = None if amount is None else round_to(amount, POSTING_PLACES)
    Wallet.objects.filter(pk=wallet.pk).update(threshold=limit, top_up_amount=value)
    wallet.refresh_from_db(fields=["threshold", "top_up_amount"])
    watch(wallet, SET, at)
    return wallet


@action
def decide_at_zero(wallet_id: int, policy: AtZero, grace_hours: int = 0) -> Wallet:
    """Set what becomes of the services when the wallet is empty.

    Refused "grace_hours_wrong" unless `grace_hours` (1 to 32,767) comes with the policy "grace" and with no other.
    """
    wallet = locked(wallet_id)
    if (policy is AtZero.GRACE) != (grace_hours > 0) or not 0 <= grace_hours <= MOST_GRACE_HOURS:
        right = f"1 to {MOST_GRACE_HOURS} with the policy grace, and 0 with any other"
        raise Refused("grace_hours_wrong", f"grace_hours {grace_hours}: give {right}", param="grace_hours")
    wallet.at_zero, wallet.grace_hours = policy, grace_hours
    wallet.save(update_fields=["at_zero", "grace_hours"])
    return wallet
