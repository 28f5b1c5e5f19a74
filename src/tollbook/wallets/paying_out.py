"""Paid credit that goes back to where it came from: out of the wallet when a refund is ordered, in again if it fails.

Only what was paid and is not used, held or overdrawn: credit that was given is nobody's money.
"""

from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.ledger.rules import AccountKind, Slot
from tollbook.wallets.actions import ZERO, burn_locked, checked, move_locked, repeated
from tollbook.wallets.locks import locked
from tollbook.wallets.models import Grant, Movement, Wallet

#: What the key of a return adds to the key of what was taken.
RETURNED = ":returned"


def unused(wallet_id: int, top_up_key: str) -> Decimal:
    """How much of a top-up (the key that it was made with) can be paid out, in the wallet's currency."""
    wallet = Wallet.objects.filter(pk=wallet_id).first()
    return ZERO if wallet is None else _unused(wallet, _grant(wallet, top_up_key))


def _grant(wallet: Wallet, top_up_key: str) -> Grant | None:
    return wallet.grants.filter(kind=Grant.Kind.PAID, key=top_up_key).first()


def _unused(wallet: Wallet, grant: Grant | None) -> Decimal:
    # A credit limit is no money, and what is held is promised to somebody.
    return ZERO if grant is None else max(ZERO, min(grant.remaining, wallet.balance - wallet.held))


@action
def pay_out(
    wallet_id: int, amount: Money, *, key: str, top_up_key: str, memo: str = "Refund", at: datetime | None = None
) -> Movement:
    """Take `amount` of what is unused of a top-up out of the wallet, once per `key`: it is the customer's credit
    outside any wallet then. `memo` is what the customer reads of it. Returns the movement.

    It asks for no top-up: a wallet is not filled because its owner wants money back. Refused "more_than_unused",
    "currency_mismatch", "amount_not_positive", "wallet_key_conflict".
    """
    wallet, at = locked(wallet_id), at or clock.now()
    value = checked(wallet, amount)
    if earlier := repeated(wallet, Movement.Kind.REFUND, key, value):
        return earlier
    grant = _grant(wallet, top_up_key)
    most = _unused(wallet, grant)
    if grant is None or value > most:
        message = f"amount: {value} is more than the {most} {wallet.currency} that is left of the top-up"
        raise Refused("more_than_unused", message, param="amount", most=str(most))
    movement = move_locked(wallet, Movement.Kind.REFUND, key, -value, _credit(wallet), memo=memo, at=at)
    burn_locked(movement, ((grant.pk, value),))
    return movement


@action
def take_in(wallet_id: int, amount: Money, *, key: str, top_up_key: str, at: datetime | None = None) -> Movement:
    """Put what `pay_out` took under `key` back, the refund having failed: once, and all of it, into the credit that it
    came from; what is overdrawn by then is paid from it first.

    Refused "not_paid_out" for what was never taken.
    """
    wallet, at = locked(wallet_id), at or clock.now()
    value = checked(wallet, amount)
    if earlier := repeated(wallet, Movement.Kind.REFUND, f"{key}{RETURNED}", value):
        return earlier
    grant = _grant(wallet, top_up_key)
    if grant is None or not wallet.movements.filter(kind=Movement.Kind.REFUND, key=key, amount=-value).exists():
        raise Refused("not_paid_out", f"key: {value} {wallet.currency} was not paid out as {key}", param="key")
    owed = min(value, max(ZERO, -wallet.balance))
    memo = "Refund failed"
    movement = move_locked(
        wallet, Movement.Kind.REFUND, f"{key}{RETURNED}", value, _credit(wallet), memo=memo, at=at
    )  # fmt: skip
    if value > owed:
        burn_locked(movement, ((grant.pk, owed - value),))
    return movement


def _credit(wallet: Wallet) -> Slot:
    """The account of what the customer has paid and not used, outside any wallet."""
    return Slot(AccountKind.UNAPPLIED, wallet.currency, wallet.customer.public_id, wallet.customer_id)
