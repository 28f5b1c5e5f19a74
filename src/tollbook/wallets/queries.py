"""Wallets, read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from tollbook.customers.models import Customer
from tollbook.kernel.errors import NotFound
from tollbook.wallets.models import Grant, GrantPlan, Movement, TopUpRequest, Wallet
from tollbook.wallets.rules import AtZero, Credit, Forecast, runs_empty, turn

WEEK_DAYS = 7


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


def forecast(wallet: Wallet, at: datetime) -> Forecast | None:
    """When the wallet will be empty at the present rate; None when it is not being emptied.

    The rate is what use took (less what came back) in the last 7 days; of a wallet first used within them, in the last
    24 hours: the days before its first use would make the rate too small. What is held counts as gone.
    """
    draws = Movement.objects.filter(wallet=wallet, kind=Movement.Kind.DRAW)
    seasoned = draws.filter(at__lte=at - timedelta(days=WEEK_DAYS)).exists()
    days = WEEK_DAYS if seasoned else 1
    return runs_empty(available(wallet), drawn_since(wallet, at - timedelta(days=days)), days, at)


def empty_since(wallet: Wallet) -> datetime | None:
    """Since when nothing is left in the wallet, its credit limit apart; None when there is something.

    By its movements: what holds reserve is there until it is captured.
    """
    if wallet.balance > 0:
        return None
    rows = Movement.objects.filter(wallet=wallet)
    filled = rows.filter(balance_after__gt=0).order_by("-id").values_list("id", flat=True).first()
    first = rows.filter(id__gt=filled or 0).order_by("id").values_list("at", flat=True).first()
    return first or wallet.created_at


def used_up(wallet: Wallet) -> datetime | None:
    """Since when nothing is left in the wallet and nothing of its credit limit; None when there is something.

    What holds reserve is there until it is captured.
    """
    limit = -wallet.credit_limit
    if wallet.balance > limit:
        return None
    rows = Movement.objects.filter(wallet=wallet)
    filled = rows.filter(balance_after__gt=limit).order_by("-id").values_list("id", flat=True).first()
    first = rows.filter(id__gt=filled or 0).order_by("id").values_list("at", flat=True).first()
    return first or wallet.created_at


def by_row_id(row_id: int) -> Wallet:
    """The wallet with that row id; NotFound "wallet_not_found"."""
    found = Wallet.objects.filter(pk=row_id).first()
    if found is None:
        raise NotFound("wallet_not_found", f"there is no wallet {row_id}", param="wallet")
    return found


def stopping_empty(limit: int, after: int = 0) -> list[Wallet]:
    """At most `limit` wallets with a row id above `after` that are used up and whose services are to be suspended then,
    at once or after a grace, in the order of their ids."""
    policies = [AtZero.SUSPEND.value, AtZero.GRACE.value]
    rows = Wallet.objects.filter(pk__gt=after, at_zero__in=policies, balance__lte=-F("credit_limit"))
    return list(rows.order_by("pk")[:limit])


def grant_plans(wallet: Wallet) -> QuerySet[GrantPlan]:
    """The wallet's plans, those that still give first, the next one first."""
    return (
        GrantPlan.objects.filter(wallet=wallet)
        .select_related("wallet")
        .order_by(F("next_at").asc(nulls_last=True), "pk")
    )


def open_request(wallet: Wallet) -> TopUpRequest | None:
    """The top-up that the wallet asks for now; None when it asks for none."""
    return TopUpRequest.objects.filter(wallet=wallet, closed_at__isnull=True).first()


def open_requests(wallet_ids: Iterable[int]) -> dict[int, TopUpRequest]:
    """The top-ups that these wallets (row ids) ask for now, by wallet."""
    rows = TopUpRequest.objects.filter(wallet_id__in=list(wallet_ids), closed_at__isnull=True)
    return {row.wallet_id: row for row in rows.select_related("wallet__customer").order_by("pk")}


def top_up_request(customer: Customer, public_id: str) -> TopUpRequest | None:
    """A top-up that a wallet of the customer asked for, open or not; None for what is nobody's or another's."""
    rows = TopUpRequest.objects.filter(wallet__customer=customer, public_id=public_id)
    return rows.select_related("wallet").first()
