"""How far sealing is behind posting."""

from tollbook.base.watching.metrics import Measure

MEASURES = [
    Measure(
        "tollbook_ledger_lag_seconds",
        "Age of the oldest ledger transaction that no seal covers yet",
        "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM ledger_transaction WHERE seal_id IS NULL",
    ),
    Measure(
        "tollbook_ledger_unsealed_transactions",
        "Ledger transactions that no seal covers yet",
        "SELECT count(*) FROM ledger_transaction WHERE seal_id IS NULL",
    ),
]
