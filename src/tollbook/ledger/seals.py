"""The hash chain over the ledger, with the balances at each link (M3).

Sealing takes every committed transaction that has no seal yet, in one statement, so transactions that commit
out of order are taken by the next seal, never skipped. A seal's digest covers the digest before it and every
transaction and posting it seals; `check-books` computes it again.
"""

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action

DIGEST = """
    sha256(coalesce((SELECT digest FROM ledger_seal WHERE number = {number} - 1), ''::bytea)
      || convert_to(coalesce((
        SELECT string_agg(
            t.id || '|' || t.public_id || '|' || t.brand_id || '|' || t.source_type || '|' || t.source_id || '|'
            || t.kind || '|' || t.booked_on || '|' || coalesce(t.reverses_id::text, '') || '|'
            || coalesce(t.customer_id::text, '') || '|' || p.lines, E'\\n'
            ORDER BY t.id)
        FROM ledger_transaction t
        JOIN LATERAL (
            SELECT string_agg(account_id || ':' || amount || ':' || currency, ',' ORDER BY id) AS lines
            FROM ledger_posting WHERE transaction_id = t.id
        ) p ON true
        WHERE t.seal_id = {number}), ''), 'UTF8'))
"""


@action
def seal() -> int | None:
    """Seal what is not sealed yet; returns the new seal's number, or None when there was nothing to seal."""
    with connection.cursor() as cursor:
        # One sealer at a time; posting goes on beside it.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tollbook.ledger.seal'))")
        cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM ledger_seal")
        (number,) = cursor.fetchone()
        cursor.execute("SELECT EXISTS (SELECT 1 FROM ledger_transaction WHERE seal_id IS NULL)")
        if not cursor.fetchone()[0]:
            return None
        # The seal's own foreign key is checked at commit, so transactions can name it before its digest is
        # known.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("UPDATE ledger_transaction SET seal_id = %s WHERE seal_id IS NULL", [number])
        sealed = cursor.rowcount
        cursor.execute(
            f"INSERT INTO ledger_seal (number, transactions, digest, created_at) "  # constant text
            f"SELECT %s, %s, {DIGEST.format(number='%s')}, %s",
            [number, sealed, number, number, clock.now()],
        )
        cursor.execute(
            """
            INSERT INTO ledger_checkpoint (account_id, seal_id, balance)
            SELECT p.account_id, %s, sum(p.amount) + coalesce((
                SELECT c.balance FROM ledger_checkpoint c
                WHERE c.account_id = p.account_id ORDER BY c.seal_id DESC LIMIT 1), 0)
            FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
            WHERE t.seal_id = %s GROUP BY p.account_id
            """,
            [number, number],
        )
    return int(number)


@action
def rebuild_checkpoints() -> int:
    """Throw the checkpoints away and compute them again from postings; returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tollbook.ledger.seal'))")
        cursor.execute("DELETE FROM ledger_checkpoint")
        cursor.execute(
            """
            INSERT INTO ledger_checkpoint (account_id, seal_id, balance)
            SELECT account_id, seal_id, sum(moved) OVER (PARTITION BY account_id ORDER BY seal_id)
            FROM (SELECT p.account_id, t.seal_id, sum(p.amount) AS moved
                  FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
                  WHERE t.seal_id IS NOT NULL GROUP BY 1, 2) s
            """
        )
        return int(cursor.rowcount)
