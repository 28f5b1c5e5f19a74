-- What the test gateway's own book and our payments must say of each other. What it has taken and we do not know yet is in
-- transit: its payment is still asked about.

-- let took: what the gateway has taken; of nothing are set-ups, in which a method was kept
SELECT * FROM gateway_test_entry WHERE kind = 'capture' AND amount > 0

-- M23: the gateway took at most once for an intent, and what it took is one payment of ours that came or is still open
SELECT t.key AS intent, t.amount, t.currency, p.state
FROM took t LEFT JOIN payments_payment p ON p.public_id = t.key
WHERE p.id IS NULL OR p.gateway <> 'test' OR p.state IN ('failed', 'cancelled')
UNION ALL
SELECT key, sum(amount), min(currency), 'taken ' || count(*) || ' times' FROM took GROUP BY key HAVING count(*) > 1;

-- M23: a payment that came without a person's word is in the gateway's book
SELECT p.public_id AS payment, p.captured, t.amount AS taken
FROM payments_payment p
LEFT JOIN took t ON t.key = p.public_id
WHERE p.gateway = 'test' AND p.state = 'succeeded'
  AND NOT EXISTS (SELECT 1 FROM payments_reading r WHERE r.payment_id = p.id AND r.source = 'person')
  AND (t.amount, t.currency) IS DISTINCT FROM (p.captured, p.captured_currency::text);

-- M21: the gateway gave back at most what it took, and each time for one refund of ours of that amount
SELECT g.key AS refund, g.amount, r.amount AS ordered
FROM gateway_test_entry g LEFT JOIN payments_refund r ON r.public_id = g.key
WHERE g.kind = 'refund' AND r.amount IS DISTINCT FROM g.amount
UNION ALL
SELECT g.payment, sum(g.amount), max(t.amount)
FROM gateway_test_entry g LEFT JOIN took t ON t.key = g.payment
WHERE g.kind = 'refund' GROUP BY g.payment HAVING sum(g.amount) > coalesce(max(t.amount), 0);

-- M23: a refund that went is in the gateway's book
SELECT r.public_id AS refund, r.amount
FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
WHERE p.gateway = 'test' AND r.state = 'succeeded' AND r.note NOT LIKE 'Confirmed by %'
  AND NOT EXISTS (SELECT 1 FROM gateway_test_entry g WHERE g.key = r.public_id AND g.kind = 'refund');
