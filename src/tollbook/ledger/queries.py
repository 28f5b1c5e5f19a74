"""Balances and postings, read."""

from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet, Sum

from tollbook.ledger.models import Account, Posting, Transaction
from tollbook.ledger.rules import AccountKind


def account(brand_id: int, kind: AccountKind, currency: str, owner: str = "") -> Account | None:
    """The account of that kind and owner, or None when nothing was ever booked there."""
    return Account.objects.filter(brand_id=brand_id, kind=kind, currency=currency, owner=owner).first()


def balance(account_id: int) -> Decimal:
    """The sum of an account's postings (debit positive): its last checkpoint and what is not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce((SELECT c.balance FROM ledger_checkpoint c WHERE c.account_id = %s
                             ORDER BY c.seal_id DESC LIMIT 1), 0)
                 + coalesce((SELECT sum(p.amount) FROM ledger_transaction t
                             JOIN ledger_posting p ON p.transaction_id = t.id
                             WHERE t.seal_id IS NULL AND p.account_id = %s), 0)
            """,
            [account_id, account_id],
        )
        return Decimal(cursor.fetchone()[0])


def balance_of(brand_id: int, kind: AccountKind, currency: str, owner: str = "") -> Decimal:
    """The balance of the account of that kind and owner; zero when there is none."""
    found = account(brand_id, kind, currency, owner)
    return balance(found.pk) if found else Decimal(0)


def totals(brand_id: int | None = None) -> list[dict[str, object]]:
    """Sum per account kind and currency: the trial balance."""
    postings = Posting.objects.all()
    if brand_id is not None:
        postings = postings.filter(account__brand_id=brand_id)
    sums = postings.values("account__kind", "currency").annotate(balance=Sum("amount"))
    return [dict(row) for row in sums.order_by("currency", "account__kind")]


def of_source(source_type: str, source_id: str) -> QuerySet[Transaction]:
    """The transactions that something caused, with their postings, oldest first."""
    return (
        Transaction.objects.filter(source_type=source_type, source_id=source_id)
        .prefetch_related("postings__account")
        .order_by("id")
    )
