-- What must hold in the ledger, whatever the code did. Each statement returns the rows that break it.

-- M1: a transaction has at least two postings, none of zero, and balances in each currency
SELECT t.public_id AS transaction, p.currency, count(p.id) AS postings, sum(p.amount) AS balance
FROM ledger_transaction t LEFT JOIN ledger_posting p ON p.transaction_id = t.id
GROUP BY t.id, t.public_id, p.currency
HAVING count(p.id) < 2 OR sum(p.amount) <> 0 OR bool_or(p.amount = 0);

-- M2: the whole ledger of a brand balances in each currency
SELECT a.brand_id AS brand, p.currency, sum(p.amount) AS balance
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
GROUP BY a.brand_id, p.currency HAVING sum(p.amount) <> 0;

-- M2: a transaction stays within its brand
SELECT t.public_id AS transaction, a.public_id AS account, t.brand_id AS brand, a.brand_id AS brand_of_account
FROM ledger_posting p
JOIN ledger_account a ON a.id = p.account_id
JOIN ledger_transaction t ON t.id = p.transaction_id
WHERE a.brand_id <> t.brand_id;

-- M3: the guards that keep the ledger append-only are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('ledger_account', 'ledger_account_append_only'), ('ledger_seal', 'ledger_seal_append_only'),
    ('ledger_transaction', 'ledger_transaction_no_delete'), ('ledger_transaction', 'ledger_transaction_frozen'),
    ('ledger_transaction', 'ledger_transaction_sealed'), ('ledger_transaction', 'ledger_transaction_complete'),
    ('ledger_posting', 'ledger_posting_append_only'), ('ledger_posting', 'ledger_posting_balanced')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';

-- M3: the hash chain verifies: each seal's digest is that of the seal before and of what it seals, computed again
WITH lines AS (
    SELECT transaction_id, string_agg(account_id || ':' || amount || ':' || currency, ',' ORDER BY id) AS lines
    FROM ledger_posting GROUP BY transaction_id
), bodies AS (
    SELECT t.seal_id, count(*) AS transactions, string_agg(
        t.id || '|' || t.public_id || '|' || t.brand_id || '|' || t.source_type || '|' || t.source_id || '|'
        || t.kind || '|' || to_char(t.booked_on, 'YYYY-MM-DD') || '|' || coalesce(t.reverses_id::text, '') || '|'
        || coalesce(t.customer_id::text, '') || '|' || l.lines, E'\n' ORDER BY t.id) AS body
    FROM ledger_transaction t JOIN lines l ON l.transaction_id = t.id
    WHERE t.seal_id IS NOT NULL GROUP BY t.seal_id
), chain AS (
    SELECT number, transactions, digest, lag(number) OVER w AS before, lag(digest) OVER w AS digest_before
    FROM ledger_seal WINDOW w AS (ORDER BY number)
)
SELECT coalesce(c.number, b.seal_id) AS seal, c.transactions AS sealed, b.transactions AS found,
    CASE
        WHEN c.number IS NULL THEN 'the seal is gone'
        WHEN c.number <> coalesce(c.before, 0) + 1 THEN 'seals before it are gone'
        WHEN c.transactions IS DISTINCT FROM b.transactions THEN 'transactions are gone or were added'
        ELSE 'the digest differs'
    END AS fault
FROM chain c FULL JOIN bodies b ON b.seal_id = c.number
WHERE c.number IS NULL OR c.number <> coalesce(c.before, 0) + 1 OR c.transactions IS DISTINCT FROM b.transactions
    OR c.digest IS DISTINCT FROM
       sha256(coalesce(c.digest_before, ''::bytea) || convert_to(coalesce(b.body, ''), 'UTF8'))
ORDER BY 1;

-- M4: every checkpoint is the sum of the account's postings up to its seal, and none is missing
WITH moved AS (
    SELECT p.account_id, t.seal_id, sum(p.amount) AS moved
    FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
    WHERE t.seal_id IS NOT NULL GROUP BY p.account_id, t.seal_id
), sums AS (
    SELECT account_id, seal_id, sum(moved) OVER (PARTITION BY account_id ORDER BY seal_id) AS balance FROM moved
)
SELECT account_id AS account, seal_id AS seal, c.balance AS stored, s.balance AS sum
FROM sums s FULL JOIN ledger_checkpoint c USING (account_id, seal_id)
WHERE c.balance IS DISTINCT FROM s.balance;

-- M5: a cause has one transaction
SELECT source_type, source_id, kind, count(*) AS transactions
FROM ledger_transaction GROUP BY source_type, source_id, kind HAVING count(*) > 1;

-- M6: what reverses a transaction is of the other sign, on the same accounts, and in all at most as much
WITH back AS (
    SELECT r.reverses_id, p.account_id, p.currency, sum(p.amount) AS amount
    FROM ledger_transaction r JOIN ledger_posting p ON p.transaction_id = r.id
    WHERE r.reverses_id IS NOT NULL GROUP BY 1, 2, 3
), original AS (
    SELECT p.transaction_id, p.account_id, p.currency, sum(p.amount) AS amount
    FROM ledger_posting p WHERE p.transaction_id IN (SELECT reverses_id FROM back) GROUP BY 1, 2, 3
)
SELECT t.public_id AS transaction, b.account_id AS account, b.currency, o.amount, b.amount AS reversed
FROM back b
JOIN ledger_transaction t ON t.id = b.reverses_id
LEFT JOIN original o
    ON o.transaction_id = b.reverses_id AND o.account_id = b.account_id AND o.currency = b.currency
WHERE o.amount IS NULL OR sign(b.amount) = sign(o.amount) OR abs(b.amount) > abs(o.amount);

-- M7: a posting has the currency of its account
SELECT p.id AS posting, p.currency, a.public_id AS account, a.currency AS currency_of_account
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id WHERE a.currency <> p.currency;

-- M7: money changes currency only through the exchange account, with a leg in each currency
WITH legs AS (
    SELECT p.transaction_id, p.currency, bool_or(a.kind = 'exchange') AS exchanged
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id GROUP BY 1, 2
)
SELECT t.public_id AS transaction, string_agg(l.currency, ', ' ORDER BY l.currency) AS currencies
FROM legs l JOIN ledger_transaction t ON t.id = l.transaction_id
GROUP BY t.id, t.public_id HAVING count(*) > 1 AND NOT bool_and(l.exchanged);
