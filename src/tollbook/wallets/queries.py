"""Wallets, read."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from tollbook.customers.models import Customer
from tollbook.wallets.models import Grant, Movement, Wallet
from tollbook.wallets.rules import Credit, turn


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


def grants(wallet: Wallet) -> list[Grant]:
    """The wallet's credit in the order in which it is used, what is used up last."""
    found = list(Grant.objects.filter(wallet=wallet).order_by("pk")[:500])
    return sorted(found, key=lambda g: (not g.remaining, turn(_credit(g))))


def _credit(grant: Grant) -> Credit:
    return Credit(grant.pk, grant.remaining, grant.priority, grant.expires_at, grant.created_at)


def expires_next(wallet: Wallet, at: datetime) -> Grant | None:
    """The credit with something left that expires first after `at`; None when none does."""
    open_ = Grant.objects.filter(wallet=wallet, remaining__gt=0, expires_at__gt=at)
    return open_.order_by("expires_at", "pk").first()


def drawn_since(wallet: Wallet, since: datetime) -> Decimal:
    """How much use took from the wallet from `since` on, less what was given back; never negative."""
    kinds = (Movement.Kind.DRAW, Movement.Kind.RETURN)
    moved = Movement.objects.filter(wallet=wallet, at__gte=since, kind__in=kinds).aggregate(sum=Sum("amount"))["sum"]
    return max(-(moved or Decimal(0)), Decimal(0))


def balances(wallet: Wallet, limit: int) -> list[tuple[datetime, Decimal]]:
    """The balance after each of the latest movements, in time order, at most `limit`."""
    rows = Movement.objects.filter(wallet=wallet).order_by("-id").values_list("at", "balance_after")[:limit]
    return list(reversed(rows))
