"""A grant from cycle to cycle: void, renew, roll over. Each is a movement with postings, once per key.

Credit that is taken out goes where expired credit goes; credit that is added costs the promotion account. The rules are
those of `credits`.
"""

from datetime import datetime
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.errors import NotFound, Refused
from tollbook.ledger.rules import AccountKind, Slot
from tollbook.wallets.actions import burn_locked, move_locked, repeated
from tollbook.wallets.credits import rolled_over
from tollbook.wallets.locks import locked
from tollbook.wallets.models import Grant, Movement, Wallet

ZERO = Decimal(0)


@action
def void(grant_id: str, *, key: str, at: datetime | None = None) -> Grant:
    """Take back what is left of a grant; what later returns to it expires at once.

    Refused "credit_held" while holds reserve it.
    """
    wallet, grant, at = _grant(grant_id, at)
    if _done(wallet, grant, "void", key):
        return grant
    _set_left(wallet, grant, ZERO, f"void:{grant.pk}:{key}", at)
    grant.expires_at = at
    grant.save(update_fields=["expires_at"])
    return grant


@action
def renew(grant_id: str, *, key: str, expires_at: datetime | None = None, at: datetime | None = None) -> Grant:
    """Set a given grant back to its amount, which is not added to what is left; `expires_at` is its new expiry.

    Where the wallet is overdrawn, that is paid first. Refused "grant_paid" for money that was paid in, and
    "already_expired" unless it still lives or gets a new expiry.
    """
    wallet, grant, at = _grant(grant_id, at)
    if _done(wallet, grant, "renew", key):
        return grant
    until = expires_at or grant.expires_at
    if until is not None and until <= at:
        raise Refused("already_expired", f"expires_at: {until} is not after {at}", param="expires_at")
    _set_left(wallet, grant, grant.amount, f"renew:{grant.pk}:{key}", at)
    grant.expires_at = until
    grant.save(update_fields=["expires_at"])
    return grant


@action
def roll_over(
    grant_id: str, *, key: str, at_least: Decimal = ZERO, at_most: Decimal = ZERO, at: datetime | None = None
) -> Grant:
    """Begin a new cycle of a grant: at most `at_most` of what is left stays, and no less than `at_least` is there.

    Both in the wallet's currency and not above the grant's amount (Refused "more_than_granted"). Refused "credit_held",
    and "grant_paid" where credit would have to be added to money that was paid in.
    """
    wallet, grant, at = _grant(grant_id, at)
    if at_most > grant.amount:
        message = f"at_most: {at_most} is more than the {grant.amount} that were granted"
        raise Refused("more_than_granted", message, param="at_most")
    if _done(wallet, grant, "roll", key):
        return grant
    _set_left(wallet, grant, rolled_over(grant.remaining, at_least, at_most), f"roll:{grant.pk}:{key}", at)
    return grant


def _grant(grant_id: str, at: datetime | None) -> tuple[Wallet, Grant, datetime]:
    wallet_id = Grant.objects.filter(public_id=grant_id).values_list("wallet_id", flat=True).first()
    if wallet_id is None:
        raise NotFound("grant_not_found", f"there is no grant {grant_id}", param="grant")
    wallet = locked(wallet_id)
    return wallet, Grant.objects.get(public_id=grant_id), at or clock.now()


def _done(wallet: Wallet, grant: Grant, verb: str, key: str) -> bool:
    kinds = (Movement.Kind.GRANT, Movement.Kind.EXPIRY)
    return any(repeated(wallet, kind, f"{verb}:{grant.pk}:{key}", None) for kind in kinds)


def _set_left(wallet: Wallet, grant: Grant, left: Decimal, key: str, at: datetime) -> None:
    """Bring what is left of a grant to `left` by one movement; none where that is so already."""
    if left < grant.remaining:
        part = grant.remaining - left
        if part > wallet.balance - wallet.held:
            message = f"{wallet.held} {wallet.currency} of the wallet are held: wait until the holds are closed"
            raise Refused("credit_held", message, param="grant")
        kind = AccountKind.PROMOTION if grant.kind == Grant.Kind.GIVEN else AccountKind.WRITE_OFF
        slot = Slot(kind, wallet.currency)
        movement = move_locked(wallet, Movement.Kind.EXPIRY, key, -part, slot, memo=grant.name, at=at)
        burn_locked(movement, ((grant.pk, part),))
    elif left > grant.remaining:
        if grant.kind != Grant.Kind.GIVEN:
            raise Refused("grant_paid", "money that was paid in is not given again", param="grant")
        part = left - grant.remaining
        owed = min(part, max(ZERO, -wallet.balance))
        slot = Slot(AccountKind.PROMOTION, wallet.currency)
        movement = move_locked(wallet, Movement.Kind.GRANT, key, part, slot, memo=grant.name, at=at)
        if part > owed:
            burn_locked(movement, ((grant.pk, owed - part),))
    grant.refresh_from_db()
