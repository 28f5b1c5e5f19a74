"""Posting, reversing and sealing. The only code that writes the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import POSTING_PLACES, round_to
from tollbook.ledger.models import Transaction
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot, Transfer, balanced, transfer_legs

MIN_LEGS = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction to be: its brand (row id), cause, accounting date and legs, and the customer it concerns
    (row id).
    """

    brand_id: int
    cause: Cause
    booked_on: date
    legs: tuple[Leg, ...]
    memo: str = ""
    customer_id: int | None = None
    reverses_id: int | None = None


@action
def post(entry: Entry, at: datetime | None = None) -> int:
    """Write one balanced transaction; returns its row id. See `post_many` for what is raised and for repeats."""
    return post_many([entry], at)[0]


@action
def post_many(entries: Sequence[Entry], at: datetime | None = None) -> list[int]:
    """Write balanced transactions in bulk; returns their row ids in order.

    Amounts are cut to posting scale (10 places, half up) before the balance is checked. A cause that is
    already booked with the same legs is answered with the id it has, and nothing is written (M5); with other
    legs it is Refused "ledger_cause_conflict". Refused "ledger_unbalanced" or "ledger_empty" for legs that
    are no transaction. `at` is when the ledger learned of it (now, if not given).
    """
    if not entries:
        return []
    entries = [replace(e, legs=_scaled(e)) for e in entries]
    accounts = _accounts({(e.brand_id, leg.slot) for e in entries for leg in e.legs})
    learned = at or clock.now()
    ids, new = _transactions(entries, learned)
    rows = [
        (ids[e.cause], accounts[e.brand_id, leg.slot], leg.amount, leg.slot.currency)
        for e in entries
        if e.cause in new
        for leg in e.legs
    ]
    if rows:
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY ledger_posting (transaction_id, account_id, amount, currency) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
    _check_repeats([e for e in entries if e.cause not in new], ids, accounts)
    return [ids[e.cause] for e in entries]


@action
def transfer_all(
    brand_id: int, key: str, transfers: Sequence[Transfer], booked_on: date, at: datetime | None = None
) -> list[int]:
    """Book linked transfers: all or none happen (TigerBeetle's linked transfers). Returns the row ids in order.

    Each is a transaction with the cause ("transfer", "<key>:<position>", "linked"), so a repeat under the same key
    books nothing. One that moves nothing makes no transaction. Refused as `post_many`, and "currency_mismatch".
    """
    legs = [transfer_legs(transfer) for transfer in transfers]
    entries = [
        Entry(brand_id, Cause("transfer", f"{key}:{position}", "linked"), booked_on, found)
        for position, found in enumerate(legs, 1)
        if found
    ]
    return post_many(entries, at)


def _scaled(entry: Entry) -> tuple[Leg, ...]:
    legs = balanced([Leg(leg.slot, round_to(leg.amount, POSTING_PLACES)) for leg in entry.legs])
    if len(legs) < MIN_LEGS:
        raise Refused("ledger_empty", f"{entry.cause} moves no money: give at least two legs", param="legs")
    return legs


def _accounts(wanted: Iterable[tuple[int, Slot]]) -> dict[tuple[int, Slot], int]:
    """Row ids of the accounts, making those that do not exist yet."""
    ordered = sorted(wanted, key=lambda w: (w[0], w[1].kind, w[1].currency, w[1].owner))
    columns = (
        [new_id("acc") for _ in ordered],
        [brand for brand, _ in ordered],
        [slot.kind.value for _, slot in ordered],
        [slot.currency for _, slot in ordered],
        [slot.owner for _, slot in ordered],
        [slot.customer_id for _, slot in ordered],
    )
    find = (
        "SELECT a.id, a.brand_id, a.kind, a.currency, a.owner FROM ledger_account a "
        "JOIN unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS w (brand_id, kind, currency, owner) "
        "USING (brand_id, kind, currency, owner)"
    )
    with connection.cursor() as cursor:
        cursor.execute(find, columns[1:5])
        found = {tuple(row[1:]): row[0] for row in cursor.fetchall()}
        if len(found) < len(ordered):
            cursor.execute(
                "INSERT INTO ledger_account (public_id, brand_id, kind, currency, owner, customer_id) "
                "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[]) "
                "ON CONFLICT (brand_id, kind, currency, owner) DO NOTHING",
                columns,
            )
            cursor.execute(find, columns[1:5])
            found = {tuple(row[1:]): row[0] for row in cursor.fetchall()}
    return {(brand, slot): found[brand, slot.kind.value, slot.currency, slot.owner] for brand, slot in ordered}


def _transactions(entries: Sequence[Entry], learned: datetime) -> tuple[dict[Cause, int], set[Cause]]:
    """Ids by cause, and which of the causes were new."""
    causes = [e.cause for e in entries]
    if len(set(causes)) < len(causes):
        raise Refused("ledger_cause_twice", "one batch names the same cause twice", param="cause")
    key_columns = [
        [c.source_type for c in causes],
        [c.source_id for c in causes],
        [c.kind for c in causes],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transaction "
            "(source_type, source_id, kind, public_id, brand_id, booked_on, created_at, reverses_id, memo, "
            "customer_id) "
            "SELECT t, i, k, p, b, d, %s, r, m, c FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], "
            "%s::bigint[], %s::date[], %s::bigint[], %s::text[], %s::bigint[]) AS w (t, i, k, p, b, d, r, m, c) "
            "ON CONFLICT (source_type, source_id, kind) DO NOTHING "
            "RETURNING id, source_type, source_id, kind",
            [
                learned,
                *key_columns,
                [new_id("txn") for _ in entries],
                [e.brand_id for e in entries],
                [e.booked_on for e in entries],
                [e.reverses_id for e in entries],
                [e.memo for e in entries],
                [e.customer_id for e in entries],
            ],
        )
        ids = {Cause(*row[1:]): row[0] for row in cursor.fetchall()}
        new = set(ids)
        if len(new) < len(causes):
            cursor.execute(
                "SELECT id, source_type, source_id, kind FROM ledger_transaction "
                "JOIN unnest(%s::text[], %s::text[], %s::text[]) AS w (source_type, source_id, kind) "
                "USING (source_type, source_id, kind)",
                key_columns,
            )
            ids = {Cause(*row[1:]): row[0] for row in cursor.fetchall()}
    return ids, new


def _check_repeats(repeats: Sequence[Entry], ids: dict[Cause, int], accounts: dict[tuple[int, Slot], int]) -> None:
    for entry in repeats:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT account_id, amount FROM ledger_posting WHERE transaction_id = %s", [ids[entry.cause]]
            )
            booked: dict[int, Decimal] = dict(cursor.fetchall())
        if booked != {accounts[entry.brand_id, leg.slot]: leg.amount for leg in entry.legs}:
            raise Refused(
                "ledger_cause_conflict",
                f"{entry.cause} is already booked with other amounts; a correction is a transaction of its own",
                param="cause",
            )


@action
def reverse(transaction_public_id: str, cause: Cause, booked_on: date, memo: str = "") -> int:
    """Book the opposite of a whole transaction, naming it; returns the new row id.

    A transaction is reversed once (M6): a second reversal under another cause is Refused "already_reversed".
    """
    original = Transaction.objects.select_for_update().filter(public_id=transaction_public_id).first()
    if original is None:
        raise NotFound("transaction_not_found", f"there is no transaction {transaction_public_id}", param="transaction")
    earlier = Transaction.objects.filter(reverses=original).first()
    if earlier and (earlier.source_type, earlier.source_id, earlier.kind) != (
        cause.source_type,
        cause.source_id,
        cause.kind,
    ):
        raise Refused(
            "already_reversed",
            f"{transaction_public_id} is already reversed by {earlier.public_id}",
            param="transaction",
        )
    legs = tuple(
        Leg(
            Slot(AccountKind(p.account.kind), p.currency, p.account.owner, p.account.customer_id),
            -p.amount,
        )
        for p in original.postings.select_related("account")
    )
    return post(Entry(original.brand_id, cause, booked_on, legs, memo, original.customer_id, original.pk))
