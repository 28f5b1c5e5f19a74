-- What must hold of dunning: each step once, for money that was open, of one customer; what is paid for runs.

-- let clock_now: the instant of the installation: its virtual clock's, else the server's
SELECT coalesce((SELECT max(at) FROM base_virtual_clock), now()) AS at

-- let standing: what dunning has stopped and not let run again
SELECT * FROM dunning_stop WHERE lifted_at IS NULL AND ended_at IS NULL

-- let settled_at: when a customer's invoices were last settled, written off or credited
SELECT customer_id, max(at) AS at FROM (
    SELECT customer_id, at FROM payments_allocation
    UNION ALL SELECT customer_id, at FROM payments_write_off
    UNION ALL SELECT customer_id, created_at FROM invoicing_invoice WHERE kind = 'credit_note' AND state <> 'draft'
) each GROUP BY customer_id

-- M5: a step of an invoice is taken once: its kind, number and service
SELECT invoice_id, kind, number, subscription_id, count(*) AS times FROM dunning_step
GROUP BY invoice_id, kind, number, subscription_id HAVING count(*) > 1;

-- M5: a late fee is charged once, by the debit of its step, and every such debit has its step
SELECT coalesce(s.public_id, d.public_id) AS what, s.fee_invoice_id AS fee, d.key
FROM (SELECT t.*, 'late-fee:' || i.public_id || ':' || t.number AS fee_key
      FROM dunning_step t JOIN invoicing_invoice i ON i.id = t.invoice_id WHERE t.fee_invoice_id IS NOT NULL) s
FULL JOIN (SELECT e.*, l.invoice_id AS on_invoice FROM invoicing_debit e JOIN invoicing_line l ON l.id = e.line_id
           WHERE e.key LIKE 'late-fee:%') d ON d.key = s.fee_key AND d.customer_id = s.customer_id
WHERE s.fee_invoice_id IS DISTINCT FROM d.on_invoice OR s.currency IS DISTINCT FROM d.currency;

-- M20: a step was taken for money that was open: more than nothing, at most what the invoice asked for
SELECT s.public_id AS step, s.open, s.currency, i.total, i.prepaid
FROM dunning_step s JOIN invoicing_invoice i ON i.id = s.invoice_id
WHERE s.open <= 0 OR s.open > i.total - i.prepaid OR s.currency <> i.currency OR i.kind NOT IN ('invoice', 'debit_note');

-- M23: a payment that dunning began is one of the invoice, of what was open, by a way to pay that the customer saved
SELECT s.public_id AS step, p.public_id AS payment, p.amount, s.open
FROM dunning_step s JOIN payments_payment p ON p.id = s.payment_id
WHERE p.invoice_id IS DISTINCT FROM s.invoice_id OR p.method_id IS NULL OR p.amount <> s.open
   OR p.currency <> s.currency OR s.kind <> 'retry';

-- M25: what dunning has ended, has ended
SELECT s.public_id AS step, u.public_id AS subscription, u.state
FROM dunning_step s JOIN subscriptions_subscription u ON u.id = s.subscription_id
WHERE s.kind = 'terminate' AND s.outcome = 'taken' AND u.state <> 'ended';

-- M25: what dunning has let run again is not stopped by dunning any more
SELECT v.public_id AS service, p.reason
FROM provisioning_stop p
JOIN provisioning_service v ON v.id = p.service_id
WHERE p.lifted_at IS NULL AND p.reason IN ('dunning', 'wallet')
  AND EXISTS (SELECT 1 FROM dunning_stop d WHERE d.subscription_id = v.subscription_id AND d.lifted_at IS NOT NULL
              AND d.because = CASE p.reason WHEN 'dunning' THEN 'invoice' ELSE 'wallet' END)
  AND NOT EXISTS (SELECT 1 FROM standing d WHERE d.subscription_id = v.subscription_id
                  AND d.because = CASE p.reason WHEN 'dunning' THEN 'invoice' ELSE 'wallet' END);

-- M28: what dunning noted is all of one customer: invoice, service, fee, payment, stop, pause, notice
SELECT s.public_id AS what, s.customer_id AS customer
FROM dunning_step s
JOIN invoicing_invoice i ON i.id = s.invoice_id
LEFT JOIN subscriptions_subscription u ON u.id = s.subscription_id
LEFT JOIN invoicing_invoice f ON f.id = s.fee_invoice_id
LEFT JOIN payments_payment p ON p.id = s.payment_id
LEFT JOIN dunning_stop d ON d.id = s.stop_id
WHERE i.customer_id <> s.customer_id OR u.customer_id <> s.customer_id OR f.customer_id <> s.customer_id
   OR p.customer_id <> s.customer_id OR d.customer_id <> s.customer_id
UNION ALL
SELECT d.public_id, d.customer_id
FROM dunning_stop d
JOIN subscriptions_subscription u ON u.id = d.subscription_id
LEFT JOIN invoicing_invoice i ON i.id = d.invoice_id
LEFT JOIN wallets_wallet w ON w.id = d.wallet_id
WHERE u.customer_id <> d.customer_id OR i.customer_id <> d.customer_id
   OR (d.wallet_id IS NOT NULL AND w.customer_id IS DISTINCT FROM d.customer_id)
UNION ALL
SELECT p.public_id, p.customer_id
FROM dunning_pause p JOIN invoicing_invoice i ON i.id = p.invoice_id
WHERE i.customer_id <> p.customer_id
UNION ALL
SELECT n.public_id, n.customer_id
FROM dunning_notice n
LEFT JOIN invoicing_invoice i ON i.id = n.invoice_id
LEFT JOIN dunning_step s ON s.id = n.step_id
LEFT JOIN dunning_stop d ON d.id = n.stop_id
WHERE i.customer_id <> n.customer_id OR s.customer_id <> n.customer_id OR d.customer_id <> n.customer_id;

-- M33: nothing is stopped for an invoice an hour after a customer has paid everything
SELECT d.public_id AS stop, u.public_id AS subscription, t.at AS settled_at
FROM standing d
JOIN subscriptions_subscription u ON u.id = d.subscription_id
JOIN settled_at t ON t.customer_id = d.customer_id
WHERE d.because = 'invoice' AND d.lift_at IS NULL AND u.state <> 'ended'
  AND t.at < (SELECT at FROM clock_now) - interval '1 hour'
  AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.customer_id = d.customer_id AND i.kind IN ('invoice', 'debit_note')
                  AND i.state = 'issued' AND i.total - i.prepaid - i.credited - i.settled > 0);

-- M17: the guards that keep what was said, done and told are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('dunning_policy_value', 'dunning_policy_value_append_only'), ('dunning_step', 'dunning_step_append_only'),
    ('dunning_notice', 'dunning_notice_append_only'), ('dunning_pause', 'dunning_pause_no_delete'),
    ('dunning_pause', 'dunning_pause_frozen'), ('dunning_pause', 'dunning_pause_stays_lifted'),
    ('dunning_stop', 'dunning_stop_no_delete'), ('dunning_stop', 'dunning_stop_frozen'),
    ('dunning_stop', 'dunning_stop_over')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';
