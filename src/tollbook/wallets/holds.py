"""Two-phase use of a wallet: reserve, then capture what was used or release it (TigerBeetle's two-phase
transfer).
"""

from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.base.watching.metrics import WALLET_REFUSALS
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import POSTING_PLACES, Money, round_to
from tollbook.kernel.text import clean_text
from tollbook.wallets.actions import KEY_LIMIT, expire_locked, take_locked
from tollbook.wallets.locks import in_wallets, locked
from tollbook.wallets.models import Hold, Wallet
from tollbook.wallets.queries import available
from tollbook.wallets.top_ups import watch


@action
def hold(
    wallet_id: int, amount: Money, *, key: str, expires_at: datetime | None = None, at: datetime | None = None
) -> Hold:
    """Reserve `amount`, once per `key`; Refused "wallet_short", "currency_mismatch", "wallet_key_conflict".

    Part of the caller's transaction, under the wallet's lock until that ends. Where there is none, `group.hold` serves
    the same wish with others.
    """
    wallet, at = locked(wallet_id), at or clock.now()
    key, value = wish(amount, key)
    if amount.currency != wallet.currency:
        raise mismatch(wallet.currency, amount.currency)
    if earlier := wallet.holds.filter(key=key).first():
        if earlier.amount != value:
            raise conflict(key, earlier.amount)
        return earlier
    lapse_locked(wallet, at)
    expire_locked(wallet, at)
    left = available(wallet)
    if value > left:
        raise short(wallet.currency, left, value)
    wallet.held += value
    wallet.save(update_fields=["held"])
    made: Hold = Hold.objects.create(wallet=wallet, key=key, amount=value, expires_at=expires_at, created_at=at)
    watch(wallet, key, at)
    return made


def wish(amount: Money, key: str) -> tuple[str, Decimal]:
    """The key and the amount that a hold is asked for with, checked; Refused "amount_not_positive", "text_…"."""
    key, value = clean_text(key, "key", KEY_LIMIT), round_to(amount.amount, POSTING_PLACES)
    if value <= 0:
        raise Refused("amount_not_positive", f"amount: {value} must be more than zero", param="amount")
    return key, value


def mismatch(held: str, asked: str) -> Refused:
    """Why a wallet of one currency cannot hold another."""
    return Refused("currency_mismatch", f"the wallet holds {held}, not {asked}", param="currency")


def conflict(key: str, held: Decimal) -> Refused:
    """Why a key that holds `held` cannot hold another amount."""
    return Refused("wallet_key_conflict", f"key: {key} already holds {held}", param="key")


def short(currency: str, left: Decimal, needed: Decimal) -> Refused:
    """Why a wallet that has `left` available cannot give `needed`."""
    WALLET_REFUSALS.labels("wallet_short").inc()
    message = f"the wallet has {left} {currency} available, {needed} is needed"
    return Refused("wallet_short", message, param="amount", missing=str(needed - left))


@action
def capture(
    hold_id: str, amount: Money | None = None, *, memo: str = "", repeats: bool = True, at: datetime | None = None
) -> Hold:
    """Take the held amount, or part of it, and free the rest; capturing nothing releases it.

    A repeat answers with the same hold, unless `repeats` is false: where the caller's own key tells repeats apart, a
    second capture is a fault. Refused "hold_closed" when it was released or has expired, "more_than_held" for more than
    it holds.
    """
    wallet, found, at = _open(hold_id, at)
    value = found.amount if amount is None else round_to(amount.amount, POSTING_PLACES)
    if repeats and found.state == Hold.State.CAPTURED and found.captured == value:
        return found
    _must_be_open(found)
    if not 0 <= value <= found.amount:
        raise Refused("more_than_held", f"amount: {value} is not between 0 and the held {found.amount}", param="amount")
    if not value:
        _close(wallet, found, Hold.State.RELEASED, value, at)
        return found
    _close(wallet, found, Hold.State.CAPTURED, value, at)
    take_locked(wallet, value, f"hold:{found.public_id}", memo, at)
    return found


@action
def release(hold_id: str, *, repeats: bool = True, at: datetime | None = None) -> Hold:
    """Free the held amount; a repeat answers with the same hold, unless `repeats` is false.

    Refused "hold_closed" when it was captured or has expired.
    """
    wallet, found, at = _open(hold_id, at)
    if repeats and found.state == Hold.State.RELEASED:
        return found
    _must_be_open(found)
    _close(wallet, found, Hold.State.RELEASED, Decimal(0), at)
    return found


@action
def lapse(wallet_id: int, at: datetime) -> None:
    """Expire the wallet's open holds whose time is over at `at`, without waiting for the hourly run."""
    lapse_locked(locked(wallet_id), at)


def lapse_due(at: datetime) -> int:
    """Expire the open holds whose time is over; returns in how many wallets."""
    due = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=at)
    return in_wallets(due, lambda wallet: lapse_locked(wallet, at))


def _open(hold_id: str, at: datetime | None) -> tuple[Wallet, Hold, datetime]:
    wallet_id = Hold.objects.filter(public_id=hold_id).values_list("wallet_id", flat=True).first()
    if wallet_id is None:
        raise NotFound("hold_not_found", f"there is no hold {hold_id}", param="hold")
    wallet, at = locked(wallet_id), at or clock.now()
    lapse_locked(wallet, at)
    return wallet, Hold.objects.get(public_id=hold_id), at


def _must_be_open(found: Hold) -> None:
    if found.state != Hold.State.OPEN:
        raise Refused("hold_closed", f"hold {found.public_id} is {found.state}", param="hold", state=found.state)


def lapse_locked(wallet: Wallet, at: datetime) -> None:
    """Expire a locked wallet's open holds whose time is over at `at`."""
    for over in wallet.holds.filter(state=Hold.State.OPEN, expires_at__lte=at).order_by("pk"):
        _close(wallet, over, Hold.State.EXPIRED, Decimal(0), at)


def _close(wallet: Wallet, found: Hold, state: str, captured: Decimal, at: datetime) -> None:
    wallet.held -= found.amount
    wallet.save(update_fields=["held"])
    found.state, found.captured, found.closed_at = state, captured, at
    found.save(update_fields=["state", "captured", "closed_at"])
