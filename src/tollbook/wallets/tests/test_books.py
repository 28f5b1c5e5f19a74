"""Controls: what is broken on purpose in the wallets is exactly what check-books reports."""

from collections.abc import Callable

from tollbook.site.tests.world import World


def test_what_is_broken_is_what_is_reported(busy: World, breaking: Callable[..., str]) -> None:
    no_limit = "ALTER TABLE wallets_wallet DROP CONSTRAINT wallets_wallet_limit"
    below = "ALTER TABLE wallets_wallet DROP CONSTRAINT wallets_wallet_never_below"
    assert {
        "a balance": breaking("UPDATE wallets_wallet SET balance = balance + 1"),
        "a movement gone": breaking("DELETE FROM wallets_movement WHERE id = (SELECT max(id) FROM wallets_movement)"),
        "what is left of a grant": breaking("UPDATE wallets_grant SET remaining = remaining - 1"),
        "a burn": breaking("UPDATE wallets_burn SET amount = amount + 1 WHERE id = (SELECT min(id) FROM wallets_burn)"),
        "a return of what was never drawn": breaking(
            "UPDATE wallets_movement SET returns_id = (SELECT id FROM wallets_movement WHERE kind = 'top_up') "
            "WHERE kind = 'return'"
        ),
        "a movement without its ledger transaction": breaking(
            "UPDATE wallets_movement SET key = 'other' WHERE kind = 'top_up'"
        ),
        "a negative limit": breaking(no_limit, "UPDATE wallets_wallet SET credit_limit = -1"),
        "more held than there is": breaking(below, "UPDATE wallets_wallet SET held = 1000"),
        "a balance noted wrong": breaking(
            "UPDATE wallets_movement SET balance_after = balance_after + 1 WHERE kind = 'top_up'"
        ),
        "a captured hold called released": breaking("UPDATE wallets_hold SET state = 'released' WHERE key = 'taken'"),
        "a captured hold that had expired": breaking(
            "UPDATE wallets_hold SET expires_at = closed_at - interval '1 second' WHERE key = 'taken'"
        ),
        "an open hold with an end": breaking("UPDATE wallets_hold SET closed_at = created_at WHERE key = 'open'"),
        "what is held": breaking("UPDATE wallets_wallet SET held = held + 1"),
        "a released hold opened again": breaking(
            "UPDATE wallets_hold SET state = 'open', closed_at = NULL WHERE key = 'freed'"
        ),
    } == {
        "a balance": "M4",
        "a movement gone": "M4 M16",
        "what is left of a grant": "M4",
        "a burn": "M4",
        "a return of what was never drawn": "M6",
        "a movement without its ledger transaction": "M5",
        "a negative limit": "M8",
        "more held than there is": "M8 M10",
        "a balance noted wrong": "M8",
        "a captured hold called released": "M9",
        "a captured hold that had expired": "M9",
        "an open hold with an end": "M9",
        "what is held": "M10",
        "a released hold opened again": "M10",
    }
