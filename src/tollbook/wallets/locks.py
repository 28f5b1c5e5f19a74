"""The row lock under which everything about a wallet changes."""

from tollbook.kernel.errors import NotFound
from tollbook.wallets.models import Wallet


def locked(wallet_id: int) -> Wallet:
    """The wallet, locked until the transaction ends; NotFound "wallet_not_found"."""
    wallet = Wallet.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=wallet_id).first()
    if wallet is None:
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id}", param="wallet")
    return wallet
