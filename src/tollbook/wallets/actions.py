"""Money into a wallet, out of it, and back. Every change happens under the wallet's row lock, with its
postings.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import F

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.base.watching.metrics import WALLET_REFUSALS
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import POSTING_PLACES, Money, check_currency, round_to
from tollbook.kernel.text import clean_text
from tollbook.ledger.actions import Entry, post
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.rating import CreditOrder
from tollbook.wallets.locks import in_wallets, locked
from tollbook.wallets.models import Burn, Grant, Movement, Wallet
from tollbook.wallets.rules import Credit, burn
from tollbook.wallets.top_ups import close_paid, news, watch

ZERO = Decimal(0)
# The ledger knows a movement by the wallet's id and this key, in 120 characters.
KEY_LIMIT = 90


@action
def open_wallet(
    customer: Customer,
    currency: str,
    *,
    scope: str = "",
    credit_limit: Decimal = ZERO,
    at: datetime | None = None,
) -> Wallet:
    """The customer's wallet in `currency` (for one subscription where `scope` is its public id), made if need
    be.
    """
    check_currency(currency, "currency")
    wallet, _ = Wallet.objects.get_or_create(
        customer=customer,
        currency=currency,
        scope=scope,
        defaults={"credit_limit": credit_limit, "created_at": at or clock.now()},
    )
    return wallet


def checked(wallet: Wallet, amount: Money) -> Decimal:
    """The amount as the wallet's postings have it; Refused "currency_mismatch", "amount_not_positive"."""
    if amount.currency != wallet.currency:
        raise Refused(
            "currency_mismatch",
            f"the wallet holds {wallet.currency}, not {amount.currency}",
            param="currency",
        )
    value = round_to(amount.amount, POSTING_PLACES)
    if value <= 0:
        raise Refused("amount_not_positive", f"amount: {amount.amount} must be more than zero", param="amount")
    return value


def repeated(wallet: Wallet, kind: str, key: str, amount: Decimal | None) -> Movement | None:
    """The movement that this key already made; Refused "wallet_key_conflict" when it was for another amount."""
    clean_text(key, "key", KEY_LIMIT)
    earlier = wallet.movements.filter(kind=kind, key=key).first()
    if earlier and amount is not None and abs(earlier.amount) != amount:
        raise Refused(
            "wallet_key_conflict",
            f"key: {key} already moved {abs(earlier.amount)} {wallet.currency}; a new movement needs a new key",
            param="key",
        )
    return earlier


def move_locked(
    wallet: Wallet,
    kind: str,
    key: str,
    amount: Decimal,
    other: Slot,
    *,
    memo: str,
    at: datetime,
    returns: Movement | None = None,
) -> Movement:
    """Change a locked wallet's balance by `amount` against the account `other`, and record both."""
    wallet.balance += amount
    wallet.save(update_fields=["balance"])
    movement = Movement.objects.create(
        wallet=wallet,
        kind=kind,
        key=key,
        amount=amount,
        balance_after=wallet.balance,
        memo=memo,
        at=at,
        returns=returns,
    )
    mine = Slot(AccountKind.WALLET, wallet.currency, wallet.public_id, wallet.customer_id)
    cause = Cause("wallet", f"{wallet.public_id}:{key}", kind)
    legs = (Leg(mine, -amount), Leg(other, amount))
    post(Entry(wallet.customer.brand_id, cause, at.date(), legs, memo, wallet.customer_id), at)
    if amount < 0 and kind != Movement.Kind.REFUND:
        watch(wallet, key, at)
        if wallet.balance <= 0 < wallet.balance - amount:
            news("empty", wallet, at)
    return movement


def burn_locked(movement: Movement, parts: tuple[tuple[int, Decimal], ...]) -> None:
    """Take `(grant id, amount)` from grants of a locked wallet; a negative amount gives back."""
    for grant_id, part in parts:
        Grant.objects.filter(pk=grant_id).update(remaining=F("remaining") - part)
    Burn.objects.bulk_create(Burn(movement=movement, grant_id=grant_id, amount=part) for grant_id, part in parts)


@action
def top_up(
    wallet_id: int,
    amount: Money,
    *,
    key: str,
    gateway: str = "manual",
    source: Slot | None = None,
    request: str = "",
    at: datetime | None = None,
) -> Movement:
    """Paid money into the wallet, once per `key`; returns the movement.

    Debits the clearing account of `gateway`, or the account `source` that the money is held on. It closes the top-up
    request `request` (a public id), and any that is not needed any more. Refused "currency_mismatch",
    "amount_not_positive", "wallet_key_conflict", "top_up_request_not_open".
    """
    wallet, at = locked(wallet_id), at or clock.now()
    value = checked(wallet, amount)
    if earlier := repeated(wallet, Movement.Kind.TOP_UP, key, value):
        return earlier
    source = source or Slot(AccountKind.CLEARING, wallet.currency, gateway)
    movement = credit_locked(wallet, Movement.Kind.TOP_UP, value, source, Grant(kind=Grant.Kind.PAID, key=key), at)
    close_paid(wallet, movement, request)
    return movement


@action
def give(
    wallet_id: int,
    amount: Money,
    *,
    key: str,
    name: str,
    priority: int = 50,
    expires_at: datetime | None = None,
    at: datetime | None = None,
) -> Movement:
    """Credit given, not paid, once per `key`; it costs the promotion account. Lower `priority` burns first."""
    wallet, at = locked(wallet_id), at or clock.now()
    value = checked(wallet, amount)
    if earlier := repeated(wallet, Movement.Kind.GRANT, key, value):
        return earlier
    if expires_at is not None and expires_at <= at:
        raise Refused("already_expired", f"expires_at: {expires_at} is not after {at}", param="expires_at")
    grant = Grant(kind=Grant.Kind.GIVEN, key=key, name=name, priority=priority, expires_at=expires_at)
    return credit_locked(wallet, Movement.Kind.GRANT, value, Slot(AccountKind.PROMOTION, wallet.currency), grant, at)


def credit_locked(wallet: Wallet, kind: str, value: Decimal, source: Slot, grant: Grant, at: datetime) -> Movement:
    """Put `value` into a locked wallet as the new `grant`; what is overdrawn is paid from it first."""
    owed = max(ZERO, -wallet.balance)
    movement = move_locked(wallet, kind, grant.key, value, source, memo=grant.name, at=at)
    grant.wallet, grant.amount, grant.remaining, grant.created_at = wallet, value, value, at
    grant.save()
    if owed:
        burn_locked(movement, ((grant.pk, min(owed, value)),))
    return movement


@action
def draw(
    wallet_id: int,
    amount: Money,
    *,
    key: str,
    partly: bool = False,
    memo: str = "",
    order: CreditOrder = CreditOrder.PRIORITY_EXPIRY_AGE,
    at: datetime | None = None,
) -> Movement | None:
    """Take `amount` for use, once per `key`, burning grants in `order`; returns the movement.

    The money goes to the customer's advance account, from which the invoice is settled. When less is
    available: Refused "wallet_short" naming what is missing, or, with `partly`, what there is (None when
    there is nothing).
    """
    wallet, at = locked(wallet_id), at or clock.now()
    value = checked(wallet, amount)
    if earlier := repeated(wallet, Movement.Kind.DRAW, key, None if partly else value):
        return earlier
    expire_locked(wallet, at)
    available = wallet.balance - wallet.held + wallet.credit_limit
    if value > available and not partly:
        WALLET_REFUSALS.labels("wallet_short").inc()
        raise Refused(
            "wallet_short",
            f"the wallet has {available} {wallet.currency} available, {value} is needed",
            param="amount",
            missing=str(value - available),
        )
    value = min(value, available)
    return take_locked(wallet, value, key, memo, at, order) if value > 0 else None


def take_locked(
    wallet: Wallet,
    value: Decimal,
    key: str,
    memo: str,
    at: datetime,
    order: CreditOrder = CreditOrder.PRIORITY_EXPIRY_AGE,
) -> Movement:
    """Move `value` from a locked wallet to the customer's advance account and burn grants for it."""
    other = Slot(AccountKind.ADVANCE, wallet.currency, wallet.customer.public_id, wallet.customer_id)
    movement = move_locked(wallet, Movement.Kind.DRAW, key, -value, other, memo=memo, at=at)
    burn_locked(movement, burn(_credits(wallet), value, at, order))
    return movement


def _credits(wallet: Wallet) -> list[Credit]:
    rows = wallet.grants.filter(remaining__gt=0).values_list("pk", "remaining", "priority", "expires_at", "created_at")
    return [Credit(*row) for row in rows]


@action
def give_back(wallet_id: int, amount: Money, *, key: str, draw_key: str, at: datetime | None = None) -> Movement:
    """Return `amount` of the draw `draw_key` to the wallet and to the grants it came from, last burnt first.

    What was drawn on credit pays that back first; what the draw's own grants cannot take goes to the latest others.
    """
    wallet, at = locked(wallet_id), at or clock.now()
    value = checked(wallet, amount)
    if earlier := repeated(wallet, Movement.Kind.RETURN, key, value):
        return earlier
    drawn = wallet.movements.filter(kind=Movement.Kind.DRAW, key=draw_key).first()
    if drawn is None or value > -drawn.amount - sum(drawn.returned.values_list("amount", flat=True)):
        raise Refused("more_than_drawn", f"amount: {value} is more than {draw_key} drew", param="amount")
    other = Slot(AccountKind.ADVANCE, wallet.currency, wallet.customer.public_id, wallet.customer_id)
    left = value - min(value, max(ZERO, -wallet.balance))
    movement = move_locked(wallet, Movement.Kind.RETURN, key, value, other, memo="", at=at, returns=drawn)
    own = [(burnt.grant, burnt.amount) for burnt in drawn.burns.select_related("grant").order_by("-id")]
    taken = {grant.pk for grant, _ in own}
    rest = [(g, g.amount) for g in wallet.grants.exclude(pk__in=taken).order_by("-pk")]
    parts: dict[int, Decimal] = {}
    # A second pass over its own grants: they may have more room than this draw made.
    for grant, most in (*own, *rest, *((g, g.amount) for g, _ in own)):
        part = min(left, most, grant.amount - grant.remaining)
        if part > 0:
            grant.remaining += part
            parts[grant.pk] = parts.get(grant.pk, ZERO) - part
            left -= part
    burn_locked(movement, tuple(parts.items()))
    return movement


def expire_locked(wallet: Wallet, at: datetime) -> None:
    """Take expired credit out of a locked wallet: given credit back to promotion, paid credit to write-off."""
    for grant in wallet.grants.filter(remaining__gt=0, expires_at__lte=at).order_by("expires_at", "pk"):
        kind = AccountKind.PROMOTION if grant.kind == Grant.Kind.GIVEN else AccountKind.WRITE_OFF
        # Money that holds have reserved stays until they are closed.
        part = min(grant.remaining, max(ZERO, wallet.balance - wallet.held))
        if part <= 0:
            continue
        earlier = wallet.movements.filter(kind=Movement.Kind.EXPIRY, key__startswith=f"{grant.public_id}:")
        key = f"{grant.public_id}:{earlier.count() + 1}"
        movement = move_locked(
            wallet, Movement.Kind.EXPIRY, key, -part, Slot(kind, wallet.currency), memo=grant.name, at=at
        )
        burn_locked(movement, ((grant.pk, part),))


def expire_due(at: datetime) -> int:
    """Expire credit in all wallets that have some due at `at`; returns how many wallets there were."""
    due = Grant.objects.filter(remaining__gt=0, expires_at__lte=at)
    return in_wallets(due, lambda wallet: expire_locked(wallet, at))
