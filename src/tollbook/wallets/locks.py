"""The row lock under which everything about a wallet changes."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tollbook.kernel.errors import NotFound
from tollbook.wallets.models import Wallet

CHUNK = 500


def locked(wallet_id: int) -> Wallet:
    """The wallet, locked until the transaction ends; NotFound "wallet_not_found"."""
    wallet = Wallet.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=wallet_id).first()
    if wallet is None:
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id}", param="wallet")
    return wallet


def in_wallets(due: QuerySet[Any], act: Callable[[Wallet], None]) -> int:
    """Do `act` in the wallet, locked, of each of these rows, CHUNK wallets in a transaction; returns how many.

    In the order of their ids, each once: what stays due, as credit does that holds have reserved, stops nobody else.
    """
    count = after = 0
    ids = due.order_by("wallet_id").values_list("wallet_id", flat=True).distinct()
    while chunk := list(ids.filter(wallet_id__gt=after)[:CHUNK]):
        with transaction.atomic():
            for wallet_id in chunk:
                act(locked(wallet_id))
        count, after = count + len(chunk), chunk[-1]
    return count
