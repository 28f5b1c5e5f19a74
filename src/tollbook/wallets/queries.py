"""Wallets, read."""

from decimal import Decimal

from django.db.models import QuerySet

from tollbook.customers.models import Customer
from tollbook.wallets.models import Movement, Wallet


def of_customer(customer: Customer) -> QuerySet[Wallet]:
    """The customer's wallets, the general ones first."""
    return Wallet.objects.filter(customer=customer).order_by("scope", "currency")


def for_use(customer_id: int, currency: str, subscription: str = "") -> Wallet | None:
    """The wallet that use of a subscription draws from: its own, else the customer's general one."""
    found = {
        wallet.scope: wallet
        for wallet in Wallet.objects.filter(customer_id=customer_id, currency=currency, scope__in={"", subscription})
    }
    return found.get(subscription) or found.get("")


def available(wallet: Wallet) -> Decimal:
    """What can be used now: posted - held + credit limit."""
    return wallet.balance - wallet.held + wallet.credit_limit


def movements(wallet: Wallet) -> QuerySet[Movement]:
    """The wallet's movements with the grants they burnt, latest first."""
    return Movement.objects.filter(wallet=wallet).prefetch_related("burns__grant").order_by("-id")
