-- What must hold of prepaid money. A wallet's account is a liability: its postings are negative where the wallet is full.

-- M4: a wallet's balance is the sum of its movements, and its ledger account says the same
WITH moved AS (
    SELECT wallet_id, sum(amount) AS amount FROM wallets_movement GROUP BY wallet_id
), posted AS (
    SELECT a.owner, a.currency, -sum(p.amount) AS amount
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.kind = 'wallet' GROUP BY a.owner, a.currency
)
SELECT coalesce(w.public_id, p.owner) AS wallet, w.balance, coalesce(m.amount, 0) AS movements,
    coalesce(p.amount, 0) AS posted
FROM wallets_wallet w
LEFT JOIN moved m ON m.wallet_id = w.id
FULL JOIN posted p ON p.owner = w.public_id AND p.currency = w.currency
WHERE w.id IS NULL OR w.balance <> coalesce(m.amount, 0) OR w.balance <> coalesce(p.amount, 0);

-- M4: what is left of the grants is the wallet's balance, or nothing where it is overdrawn
SELECT w.public_id AS wallet, w.balance, coalesce(sum(g.remaining), 0) AS left_in_grants
FROM wallets_wallet w LEFT JOIN wallets_grant g ON g.wallet_id = w.id
GROUP BY w.id, w.public_id, w.balance
HAVING coalesce(sum(g.remaining), 0) <> greatest(w.balance, 0);

-- M4: what is left of a grant is its amount less what was burnt of it
SELECT g.public_id AS "grant", g.amount, g.remaining, coalesce(sum(b.amount), 0) AS burnt
FROM wallets_grant g LEFT JOIN wallets_burn b ON b.grant_id = g.id
GROUP BY g.id, g.public_id, g.amount, g.remaining
HAVING g.remaining <> g.amount - coalesce(sum(b.amount), 0);

-- M5: a movement has one ledger transaction of the same cause, with the same amount on the wallet's account
SELECT w.public_id AS wallet, m.kind, m.key, m.amount, -p.amount AS posted
FROM wallets_movement m
JOIN wallets_wallet w ON w.id = m.wallet_id
LEFT JOIN ledger_transaction t
    ON t.source_type = 'wallet' AND t.source_id = w.public_id || ':' || m.key AND t.kind = m.kind
LEFT JOIN ledger_account a ON a.kind = 'wallet' AND a.owner = w.public_id AND a.currency = w.currency
LEFT JOIN ledger_posting p ON p.transaction_id = t.id AND p.account_id = a.id
WHERE p.amount IS DISTINCT FROM -m.amount;

-- M8: what is available (posted, less held, plus the credit limit) is not below zero
SELECT public_id AS wallet, balance, held, credit_limit FROM wallets_wallet
WHERE balance - held + credit_limit < 0 OR credit_limit < 0;

-- M8: the balance after each movement, replayed in the order in which they were made, is the one noted with it
SELECT wallet, movement, kind, key, balance_after, replayed FROM (
    SELECT w.public_id AS wallet, m.id AS movement, m.kind, m.key, m.balance_after,
        sum(m.amount) OVER (PARTITION BY m.wallet_id ORDER BY m.id) AS replayed
    FROM wallets_movement m JOIN wallets_wallet w ON w.id = m.wallet_id
) r WHERE balance_after <> replayed;

-- M9: a hold ends once: captured up to its amount before it expires, released or expired with nothing taken
SELECT h.public_id AS hold, h.state, h.amount, h.captured, -m.amount AS taken, h.expires_at, h.closed_at
FROM wallets_hold h
LEFT JOIN wallets_movement m
    ON m.wallet_id = h.wallet_id AND m.kind = 'draw' AND m.key = 'hold:' || h.public_id
WHERE h.captured > h.amount
    OR (h.state = 'captured') <> (h.captured > 0)
    OR (h.state = 'open') <> (h.closed_at IS NULL)
    OR coalesce(-m.amount, 0) <> h.captured
    OR (h.state = 'captured' AND h.closed_at >= h.expires_at);

-- M10: what a wallet holds is the sum of its open holds
SELECT w.public_id AS wallet, w.held, coalesce(sum(h.amount), 0) AS open_holds
FROM wallets_wallet w LEFT JOIN wallets_hold h ON h.wallet_id = w.id AND h.state = 'open'
GROUP BY w.id, w.public_id, w.held HAVING w.held <> coalesce(sum(h.amount), 0);

-- M6: what is returned of a draw is of the same wallet, and in all at most the draw
SELECT w.public_id AS wallet, d.kind, d.key, d.amount, sum(r.amount) AS returned
FROM wallets_movement r
JOIN wallets_movement d ON d.id = r.returns_id
JOIN wallets_wallet w ON w.id = d.wallet_id
GROUP BY w.public_id, d.id, d.wallet_id, d.kind, d.key, d.amount
HAVING d.kind <> 'draw' OR bool_or(r.wallet_id <> d.wallet_id) OR sum(r.amount) > -d.amount;

-- M5: a plan has given the cycles before the next one, each once, from the first to the last without a hole
SELECT p.public_id AS grant_plan, p.next_number, min(g.cycle) AS first, max(g.cycle) AS last, count(*) AS given
FROM wallets_grant_plan p JOIN wallets_grant g ON g.plan_id = p.id
GROUP BY p.id, p.public_id, p.next_number
HAVING max(g.cycle) <> p.next_number - 1 OR count(*) <> max(g.cycle) - min(g.cycle) + 1;

-- M6: a cycle is given in the wallet of its plan: the plan's amount and what it takes over, within the plan's bounds
SELECT g.public_id AS "grant", p.public_id AS grant_plan, g.amount, g.carried, p.amount AS planned, p.at_least, p.at_most
FROM wallets_grant g JOIN wallets_grant_plan p ON p.id = g.plan_id
WHERE g.wallet_id <> p.wallet_id OR g.amount <> p.amount + g.carried OR g.carried > coalesce(p.at_most, 0);

-- M11: a top-up that a wallet asked for is paid by one top-up of the same wallet, not before it was asked for
SELECT r.public_id AS request, w.public_id AS wallet, m.kind, m.key, r.opened_at, r.closed_at
FROM wallets_top_up_request r
JOIN wallets_wallet w ON w.id = r.wallet_id
LEFT JOIN wallets_movement m ON m.id = r.paid_by_id
WHERE (r.closed_at IS NULL) <> (m.id IS NULL)
    OR m.wallet_id <> r.wallet_id OR m.kind <> 'top_up' OR m.at <> r.closed_at OR r.closed_at < r.opened_at;

-- M21: what was paid out of a wallet and put back again is the same amount, and was taken first
SELECT w.public_id AS wallet, b.key, b.amount, -t.amount AS taken
FROM wallets_movement b
JOIN wallets_wallet w ON w.id = b.wallet_id
LEFT JOIN wallets_movement t
    ON t.wallet_id = b.wallet_id AND t.kind = 'refund' AND t.key || ':returned' = b.key AND t.amount < 0
WHERE b.kind = 'refund' AND b.amount > 0 AND b.amount IS DISTINCT FROM -t.amount;
