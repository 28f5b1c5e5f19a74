"""Controls: what is broken on purpose, behind the ledger's guards, is exactly what check-books reports."""

from collections.abc import Callable
from typing import Any

import pytest

from tollbook.site.tests.world import World

ENTRY = "(SELECT min(id) FROM ledger_transaction WHERE source_id = 'm1' AND kind = 'entry')"
REVERSAL = "(SELECT min(id) FROM ledger_transaction WHERE source_id = 'm1' AND kind = 'reversal')"
COPY = """
    INSERT INTO ledger_transaction (public_id, brand_id, source_type, source_id, kind, booked_on, created_at, memo,
                                    reverses_id)
    SELECT 'txn_copy', brand_id, source_type, source_id, '{kind}', booked_on, created_at, '', {reverses}
    FROM ledger_transaction WHERE id = {of}
"""
COPY_POSTINGS = """
    INSERT INTO ledger_posting (transaction_id, account_id, amount, currency)
    SELECT (SELECT id FROM ledger_transaction WHERE public_id = 'txn_copy'), account_id, amount, '{currency}'
    FROM ledger_posting WHERE transaction_id = {of}
"""
DOLLARS = """
    INSERT INTO ledger_account (public_id, brand_id, kind, currency, owner)
    SELECT 'usd_' || kind, brand_id, kind, 'USD', owner FROM ledger_account WHERE kind IN ('promotion', 'rounding')
"""
IN_DOLLARS = f"""
    INSERT INTO ledger_posting (transaction_id, account_id, amount, currency)
    SELECT (SELECT id FROM ledger_transaction WHERE public_id = 'txn_copy'), d.id, p.amount, 'USD'
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    JOIN ledger_account d ON d.public_id = 'usd_' || a.kind WHERE p.transaction_id = {ENTRY}
"""
SHIFT = "UPDATE ledger_posting SET amount = amount {} WHERE transaction_id = {} AND abs(amount) = 3 AND amount > 0"


@pytest.fixture
def of_entry() -> Any:
    return {
        "a copy": (
            COPY.format(kind="entry", reverses="NULL", of=ENTRY),
            COPY_POSTINGS.format(currency="EUR", of=ENTRY),
        ),
        "a reversal": (
            COPY.format(kind="again", reverses=ENTRY, of=ENTRY),
            COPY_POSTINGS.format(currency="EUR", of=REVERSAL),
        ),
        "dollars": (COPY.format(kind="usd", reverses="NULL", of=ENTRY), COPY_POSTINGS.format(currency="USD", of=ENTRY)),
        "two currencies": (
            DOLLARS,
            COPY.format(kind="fx", reverses="NULL", of=ENTRY),
            COPY_POSTINGS.format(currency="EUR", of=ENTRY),
            IN_DOLLARS,
        ),
    }


def test_what_is_broken_is_what_is_reported(busy: World, breaking: Callable[..., str], of_entry: Any) -> None:
    cause_once = "ALTER TABLE ledger_transaction DROP CONSTRAINT ledger_transaction_cause_once"
    assert {
        "two transactions, each off by 1, that together balance": breaking(
            SHIFT.format("+ 1", ENTRY),
            "UPDATE ledger_posting SET amount = amount - 1 "
            f"WHERE transaction_id = {REVERSAL} AND account_id = (SELECT account_id FROM ledger_posting "
            f"WHERE transaction_id = {ENTRY} AND amount = 4)",
        ),
        "a transaction without postings": breaking(COPY.format(kind="bare", reverses="NULL", of=ENTRY)),
        "a posting off by 1": breaking(SHIFT.format("+ 1", ENTRY)),
        "a transaction of another brand": breaking(
            f"UPDATE ledger_transaction SET brand_id = brand_id + 1 WHERE id = {ENTRY}"
        ),
        "a sealed transaction renamed": breaking(f"UPDATE ledger_transaction SET source_id = 'm2' WHERE id = {ENTRY}"),
        "a digest": breaking("UPDATE ledger_seal SET digest = sha256('') WHERE number = 1"),
        "the first seal gone": breaking("DELETE FROM ledger_seal WHERE number = 1"),
        "an account guard off": breaking(
            "ALTER TABLE ledger_account DISABLE TRIGGER USER",
        ),
        "a checkpoint": breaking("UPDATE ledger_checkpoint SET balance = balance + 1 WHERE seal_id = 2"),
        "a checkpoint gone": breaking("DELETE FROM ledger_checkpoint WHERE seal_id = 1"),
        "a cause twice": breaking(cause_once, *of_entry["a copy"]),
        "reversed twice": breaking(*of_entry["a reversal"]),
        "dollars on accounts in euro": breaking(*of_entry["dollars"]),
        "two currencies without exchange": breaking(*of_entry["two currencies"]),
    } == {
        "two transactions, each off by 1, that together balance": "M1 M3",
        "a transaction without postings": "M1",
        "a posting off by 1": "M1 M2 M3 M4",
        "a transaction of another brand": "M2 M3",
        "a sealed transaction renamed": "M3",
        "a digest": "M3",
        "the first seal gone": "M3",
        "an account guard off": "M3",
        "a checkpoint": "M4",
        "a checkpoint gone": "M4",
        "a cause twice": "M5",
        "reversed twice": "M6",
        "dollars on accounts in euro": "M7",
        "two currencies without exchange": "M7",
    }
