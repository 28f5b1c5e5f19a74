"""How postings and their causes look: a debit or a credit, and where they lead."""

from decimal import Decimal

from django.urls import reverse

from tollbook.kernel.money import Money
from tollbook.ledger.models import Account, Transaction
from tollbook.web.sockets import page_of


def debit(amount: Decimal, currency: str) -> Money | None:
    """The amount where it is a debit, or nothing at all."""
    return Money(amount, currency) if amount >= 0 else None


def credit(amount: Decimal, currency: str) -> Money | None:
    """The amount, without its sign, where it is a credit."""
    return Money(-amount, currency) if amount < 0 else None


def account_href(found: Account) -> str:
    """The page of an account."""
    return reverse("staff-ledger:account", args=[found.public_id])


def transaction_href(found: Transaction) -> str:
    """The page of a transaction."""
    return reverse("staff-ledger:transaction", args=[found.public_id])


def cause_href(found: Transaction) -> str:
    """The page of what moved the money, where it has one."""
    return page_of(found.source_id.split(":")[0])
