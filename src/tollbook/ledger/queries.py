"""Balances and postings, read."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

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


def account_ids(kinds: Sequence[AccountKind]) -> list[int]:
    """The row ids of all accounts of these kinds, of all brands."""
    return list(Account.objects.filter(kind__in=kinds).order_by("pk").values_list("pk", flat=True))


def balances(kinds: Sequence[AccountKind]) -> dict[tuple[str, str], Decimal]:
    """By kind and currency, what all accounts of the kind hold together (debit positive): their last checkpoints and
    what is not sealed yet, so it costs the same however much was ever booked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.kind, a.currency, sum(coalesce(c.balance, 0) + coalesce(u.amount, 0))
            FROM ledger_account a
            LEFT JOIN LATERAL (SELECT balance FROM ledger_checkpoint WHERE account_id = a.id
                               ORDER BY seal_id DESC LIMIT 1) c ON true
            LEFT JOIN (SELECT p.account_id, sum(p.amount) AS amount
                       FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
                       WHERE t.seal_id IS NULL GROUP BY 1) u ON u.account_id = a.id
            WHERE a.kind = ANY(%s) GROUP BY 1, 2
            """,
            [[kind.value for kind in kinds]],
        )
        return {(kind, currency): amount for kind, currency, amount in cursor.fetchall()}


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


class Moved(NamedTuple):
    """What one transaction moved on some accounts together, debit positive, and its cause."""

    booked_on: date
    source_type: str
    source_id: str
    kind: str
    memo: str
    amount: Decimal


def movements(accounts: Sequence[int], first: date, last: date) -> list[Moved]:
    """What each transaction of the days `first` to `last` (both included) moved on the accounts (row ids, of one
    currency) together, in the order of days and booking; what moved nothing on balance is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.booked_on, t.source_type, t.source_id, t.kind, t.memo, sum(p.amount)
            FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
            WHERE p.account_id = ANY(%s) AND t.booked_on BETWEEN %s AND %s
            GROUP BY t.id HAVING sum(p.amount) <> 0 ORDER BY t.booked_on, t.id
            """,
            [list(accounts), first, last],
        )
        return [Moved._make(row) for row in cursor.fetchall()]


def balance_on(accounts: Sequence[int], last: date) -> Decimal:
    """The balance of the accounts (row ids, of one currency) together at the end of a day of the books."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(p.amount), 0)
            FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
            WHERE p.account_id = ANY(%s) AND t.booked_on <= %s
            """,
            [list(accounts), last],
        )
        return Decimal(cursor.fetchone()[0])


def by_source(account_id: int, last: date) -> list[tuple[str, str, Decimal]]:
    """(type, id, sum) of what each source moved on the account until the end of a day of the books, not zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.source_type, t.source_id, sum(p.amount)
            FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
            WHERE p.account_id = %s AND t.booked_on <= %s
            GROUP BY t.source_type, t.source_id HAVING sum(p.amount) <> 0 ORDER BY min(t.id)
            """,
            [account_id, last],
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def currencies_of(customer_id: int, kinds: Sequence[AccountKind]) -> list[str]:
    """In which currencies the customer (row id) has accounts of these kinds."""
    rows = Account.objects.filter(customer_id=customer_id, kind__in=kinds)
    return sorted(set(rows.values_list("currency", flat=True)))
