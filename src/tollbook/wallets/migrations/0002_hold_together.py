"""The statement that decides on many holds at once; `wallets.group` explains it and is its only caller."""

from django.db import migrations

# One round trip and one commit, whatever the number of wishes. Each statement in it has a snapshot of its own, so what
# follows the lock sees all that others committed before they gave the lock away. The decision is `rules.reserve`, row by
# row: a test compares the two. Its plans are kept for the connection's life: without `enable_seqscan` off, one made while
# the tables were small would read them whole when they are large.
CREATE = """
CREATE FUNCTION wallets_hold_together(wishes json, at timestamptz, waits boolean)
RETURNS TABLE (number integer, verdict text, amount numeric) LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    locked bigint[] := ARRAY(SELECT DISTINCT w FROM json_to_recordset(wishes) AS j(w bigint));
    made integer[] := '{}';
    purse bigint := 0;
    available numeric;
    wish record;
BEGIN
    -- In the order of the ids, so that two groups never wait for each other.
    IF waits THEN
        locked := ARRAY(SELECT id FROM wallets_wallet WHERE id = ANY (locked) ORDER BY id FOR NO KEY UPDATE);
    ELSE
        locked := ARRAY(SELECT id FROM wallets_wallet WHERE id = ANY (locked) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
    END IF;

    WITH lapsed AS (
        UPDATE wallets_hold h SET state = 'expired', closed_at = at
        WHERE h.wallet_id = ANY (locked) AND h.state = 'open' AND h.expires_at <= at RETURNING h.wallet_id, h.amount
    )
    UPDATE wallets_wallet w SET held = w.held - l.amount
    FROM (SELECT wallet_id, sum(lapsed.amount) AS amount FROM lapsed GROUP BY wallet_id) l WHERE w.id = l.wallet_id;

    FOR wish IN
        SELECT j.n, j.w, j.a, j.c <> w.currency AS differs, w.balance - w.held + w.credit_limit AS available,
            -- Credit that holds reserve stays until they are closed: then there is nothing to expire first.
            w.balance > w.held AND EXISTS (
                SELECT FROM wallets_grant g WHERE g.wallet_id = w.id AND g.remaining > 0 AND g.expires_at <= at
            ) AS due, h.amount AS earlier
        FROM json_to_recordset(wishes) AS j(n integer, w bigint, k text, a numeric, c text)
        JOIN wallets_wallet w ON w.id = j.w AND w.id = ANY (locked)
        -- The limit makes it a look-up in the unique index for each wish, never a join of the whole table.
        LEFT JOIN LATERAL (
            SELECT e.amount FROM wallets_hold e WHERE e.wallet_id = j.w AND e.key = j.k LIMIT 1
        ) h ON true
        ORDER BY j.w, j.n
    LOOP
        IF wish.w <> purse THEN
            purse := wish.w;
            available := wish.available;
        END IF;
        number := wish.n;
        amount := wish.a;
        IF wish.differs THEN
            verdict := 'mismatch';
        ELSIF wish.earlier = wish.a THEN
            verdict := 'repeated';
        ELSIF wish.earlier IS NOT NULL THEN
            verdict := 'conflict';
            amount := wish.earlier;
        ELSIF wish.due THEN
            verdict := 'due';
        ELSIF wish.a > available THEN
            verdict := 'short';
            amount := available;
        ELSE
            verdict := 'held';
            available := available - wish.a;
            made := made || wish.n;
        END IF;
        RETURN NEXT;
    END LOOP;

    IF made <> '{}' THEN
        INSERT INTO wallets_hold (public_id, wallet_id, key, amount, captured, state, expires_at, created_at)
        SELECT j.i, j.w, j.k, j.a, 0, 'open', j.u, at
        FROM json_to_recordset(wishes) AS j(n integer, i text, w bigint, k text, a numeric, u timestamptz)
        WHERE j.n = ANY (made) ORDER BY j.n;

        WITH wanted AS (
            SELECT j.w, sum(j.a) AS amount, max(j.n) AS last
            FROM json_to_recordset(wishes) AS j(n integer, w bigint, a numeric) WHERE j.n = ANY (made) GROUP BY j.w
        ), low AS (
            UPDATE wallets_wallet w SET held = w.held + wanted.amount FROM wanted WHERE w.id = wanted.w
            RETURNING w.id, w.top_up_amount, w.balance - w.held + w.credit_limit <= w.threshold AS low, wanted.last
        )
        INSERT INTO wallets_top_up_request (public_id, wallet_id, amount, cause, opened_at)
        SELECT 'tur_' || substr(j.i, 5), low.id, low.top_up_amount, j.k, at
        FROM low JOIN json_to_recordset(wishes) AS j(n integer, i text, k text) ON j.n = low.last
        WHERE low.low ON CONFLICT (wallet_id) WHERE closed_at IS NULL DO NOTHING;
    END IF;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION wallets_hold_together(json, timestamptz, boolean)"),
    ]
