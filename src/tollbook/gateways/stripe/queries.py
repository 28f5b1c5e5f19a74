"""Accounts and what was sent, read."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from tollbook.base.sealed import unseal
from tollbook.gateways.stripe.models import Account, Line, Sent
from tollbook.gateways.stripe.rules import Kind
from tollbook.gateways.stripe.wire import Wire
from tollbook.payments.models import Payment, Refund


def account_of(brand_code: str) -> Account | None:
    """The account through which a brand takes payments now; None when it has none."""
    return Account.objects.filter(brand__code=brand_code, retired_at__isnull=True).first()


def accounts() -> QuerySet[Account]:
    """All accounts, also those that were replaced: they are asked about what was paid through them."""
    return Account.objects.select_related("brand").order_by("pk")


def wire(account: Account) -> Wire:
    """The account's line to Stripe."""
    return Wire(unseal(bytes(account.secret), f"stripe:{account.public_id}:secret").decode())


def signing_secret(account: Account) -> str:
    """What Stripe signs the account's events with; empty when none was given."""
    return unseal(bytes(account.signing), f"stripe:{account.public_id}:signing").decode()


def sent(key: str) -> Sent | None:
    """What was asked of Stripe under that key."""
    return Sent.objects.select_related("account").filter(key=key).first()


def key_of(account: Account, names: Iterable[str]) -> str | None:
    """The key of what one of these names (our key, Stripe's id, a PaymentIntent) belongs to in that account."""
    for name in names:
        mine = Q(key=name) | Q(reference=name) | Q(intent=name) & ~Q(kind="refund")
        found = Sent.objects.filter(mine, account=account).order_by("pk").values_list("key", flat=True).first()
        if found:
            return str(found)
    return None


def unlike(account: Account) -> tuple[list[str], list[str]]:
    """Keys of payments and of refunds about which Stripe's book tells what ours does not know yet."""
    lines = Line.objects.filter(account=account).exclude(key="")
    came = lines.filter(kind=Line.Kind.CHARGE).values("key")
    payments = Payment.objects.filter(public_id__in=came).exclude(state="succeeded").values_list("public_id", flat=True)
    went = lines.filter(kind=Line.Kind.REFUND).values("key")
    refunds = Refund.objects.filter(public_id__in=went).exclude(state__in=["succeeded", "failed"])
    disputed = [
        key
        for key, reference, state in lines.filter(kind=Line.Kind.DISPUTE).values_list("key", "reference", "state")
        if not Payment.objects.filter(
            public_id=key, disputes__reference=reference, disputes__state__in=(state, "won", "lost")
        ).exists()
    ]
    return sorted({*payments, *disputed}), sorted(refunds.values_list("public_id", flat=True))


def without_line(account: Account, seen: Collection[str], limit: int = 1_000) -> list[Sent]:
    """What succeeded and has no line in Stripe's book, nor is in `seen` (keys)."""
    lines = Line.objects.filter(key=OuterRef("key"), kind__in=[Line.Kind.CHARGE, Line.Kind.REFUND])
    rows = Sent.objects.filter(~Exists(lines), account=account, taken_at__isnull=False).exclude(kind=Kind.SETUP)
    return [sent for sent in rows.order_by("pk")[:limit] if sent.key not in seen]


def strange() -> QuerySet[Line]:
    """Lines of Stripe's book about nothing of ours, the latest first."""
    return Line.objects.filter(key="").select_related("account__brand").order_by("-at")
