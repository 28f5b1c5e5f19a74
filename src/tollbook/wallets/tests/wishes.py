"""Wishes for holds, and how tests of groups read the answers."""

from decimal import Decimal
from typing import Any

from tollbook.kernel.errors import TollbookError
from tollbook.kernel.money import Money, plain
from tollbook.site.tests.world import World
from tollbook.wallets import group
from tollbook.wallets.actions import open_wallet, top_up
from tollbook.wallets.group import Undecided, Wish
from tollbook.wallets.models import Wallet


def eur(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


def filled(world: World, amount: str, name: str = "acme", limit: str = "0") -> Wallet:
    wallet = open_wallet(world.customer(name).row, "EUR", credit_limit=Decimal(limit))
    top_up(wallet.pk, eur(amount), key="a")
    return wallet


def wish(wallet: Wallet, key: str, amount: str | Decimal, **more: Any) -> Wish:
    return Wish(wallet.pk, key, eur(amount), **more)


def said(answers: list[group.Answer]) -> list[str]:
    """Each answer in a word: held, the code of the error, alone, busy."""
    return [
        a.code if isinstance(a, TollbookError) else a.name.lower() if isinstance(a, Undecided) else "held"
        for a in answers
    ]


def standing(wallet: Wallet) -> list[str]:
    wallet.refresh_from_db()
    return [plain(wallet.balance), plain(wallet.held)]
