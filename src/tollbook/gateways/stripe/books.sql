-- What Stripe's own book, as it told it, and our payments must say of each other. A line that was read is asked about at
-- once; what Stripe has taken and we have not read yet is in transit, and its payment is still asked about.

-- let took: what Stripe took for payments of ours
SELECT * FROM gateway_stripe_line WHERE kind = 'charge' AND key <> ''

-- let gave: what Stripe gave back
SELECT l.*, s.of AS intent FROM gateway_stripe_line l LEFT JOIN gateway_stripe_sent s ON s.key = l.key
WHERE l.kind = 'refund'

-- M23: Stripe took at most once for a payment, and what it took came, or is still asked about or looked at
SELECT t.key AS payment, t.reference, t.amount, t.currency, p.state
FROM took t LEFT JOIN payments_payment p ON p.public_id = t.key
WHERE p.id IS NULL OR p.gateway <> 'stripe' OR (p.ask_at IS NULL AND p.queued_at IS NULL AND p.state <> 'succeeded')
UNION ALL
SELECT key, string_agg(reference, ' '), sum(amount), min(currency), 'taken ' || count(*) || ' times'
FROM took GROUP BY key HAVING count(*) > 1;

-- M11: a payment that came without a person's word is of the amount and currency that Stripe's book has
SELECT p.public_id AS payment, p.captured, p.captured_currency, t.amount AS taken, t.currency
FROM payments_payment p JOIN took t ON t.key = p.public_id
WHERE p.state = 'succeeded' AND (t.amount, t.currency::text) IS DISTINCT FROM (p.captured, p.captured_currency::text)
  AND NOT EXISTS (SELECT 1 FROM payments_reading r WHERE r.payment_id = p.id AND r.source = 'person');

-- M11: what came before Stripe's book was read is in it
SELECT p.public_id AS payment, s.reference, s.taken_at, a.read_at
FROM payments_payment p
JOIN gateway_stripe_sent s ON s.key = p.public_id
JOIN gateway_stripe_account a ON a.id = s.account_id
WHERE p.state = 'succeeded' AND s.taken_at < a.read_at
  AND NOT EXISTS (SELECT 1 FROM took t WHERE t.key = p.public_id);

-- M24: a payment that came without a person's word was asked of Stripe under its key, amount, currency and invoice
SELECT p.public_id AS payment, p.captured, s.amount, s.currency, s.subject
FROM payments_payment p
LEFT JOIN gateway_stripe_sent s ON s.key = p.public_id
LEFT JOIN gateway_stripe_account a ON a.id = s.account_id
WHERE p.gateway = 'stripe' AND p.state = 'succeeded'
  AND NOT EXISTS (SELECT 1 FROM payments_reading r WHERE r.payment_id = p.id AND r.source = 'person')
  AND (s.amount, s.currency::text, s.subject, s.reference, a.merchant, a.brand_id)
      IS DISTINCT FROM (p.captured, p.captured_currency::text, p.subject, p.reference, p.merchant, p.brand_id);

-- M21: Stripe gave back at most what it took, and each time for one refund of ours of that amount
SELECT g.reference AS refund, g.amount, r.amount AS ordered
FROM gave g LEFT JOIN payments_refund r ON r.public_id = g.key
WHERE g.key <> '' AND (r.amount IS DISTINCT FROM g.amount OR r.state = 'failed')
UNION ALL
SELECT g.intent, sum(g.amount), max(t.amount)
FROM gave g
JOIN gateway_stripe_sent s ON s.intent = g.intent
JOIN took t ON t.key = s.key
GROUP BY g.intent HAVING sum(g.amount) > max(t.amount);

-- M21: a dispute that Stripe says is lost or won has ended so here
SELECT l.reference AS dispute, l.state, l.amount, d.state AS ours
FROM gateway_stripe_line l
JOIN payments_payment p ON p.public_id = l.key
LEFT JOIN payments_dispute d ON d.payment_id = p.id AND d.reference = l.reference
WHERE l.kind = 'dispute' AND l.state <> 'open' AND d.state IS NOT NULL AND d.state <> 'open' AND d.state <> l.state;

-- M24: the guards that keep what was asked and what Stripe told are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('gateway_stripe_account', 'gateway_stripe_account_no_delete'),
    ('gateway_stripe_account', 'gateway_stripe_account_frozen'),
    ('gateway_stripe_payer', 'gateway_stripe_payer_append_only'),
    ('gateway_stripe_sent', 'gateway_stripe_sent_no_delete'), ('gateway_stripe_sent', 'gateway_stripe_sent_frozen'),
    ('gateway_stripe_sent', 'gateway_stripe_sent_named'), ('gateway_stripe_sent', 'gateway_stripe_sent_became'),
    ('gateway_stripe_line', 'gateway_stripe_line_append_only')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';
