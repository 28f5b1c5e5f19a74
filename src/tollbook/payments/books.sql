-- What must hold of payments: nothing comes, goes or is used twice, and nothing is paid that nobody confirmed.

-- let applied: what of each payment settles invoices, in the allocations themselves
SELECT payment_id, sum(amount) AS amount FROM payments_allocation GROUP BY payment_id

-- let given: what of each payment was ordered back and has not failed, and what of that has gone
SELECT payment_id, sum(amount) AS amount, coalesce(sum(amount) FILTER (WHERE state = 'succeeded'), 0) AS gone
FROM payments_refund WHERE state <> 'failed' GROUP BY payment_id

-- let called_back: what of each payment is disputed, is lost, and is lost at our own cost
SELECT payment_id, coalesce(sum(amount) FILTER (WHERE state = 'open'), 0) AS disputed,
    coalesce(sum(amount) FILTER (WHERE state = 'lost'), 0) AS lost, sum(borne) AS borne
FROM payments_dispute GROUP BY payment_id

-- let paid_out: what each payment's refunds and lost disputes took out of the wallet that it had topped up, less what was put back
SELECT r.payment_id, -sum(m.amount) AS amount
FROM (SELECT payment_id, public_id FROM payments_refund
      UNION ALL SELECT payment_id, public_id FROM payments_dispute) r
JOIN payments_payment p ON p.id = r.payment_id
JOIN wallets_movement m ON m.wallet_id = p.wallet_id AND m.kind = 'refund'
    AND m.key IN (r.public_id, r.public_id || ':returned')
GROUP BY r.payment_id

-- let settling: what settles each invoice: allocations and write-offs, less what was undone of them
SELECT invoice_id, sum(amount) AS amount FROM (
    SELECT invoice_id, amount FROM payments_allocation UNION ALL SELECT invoice_id, amount FROM payments_write_off
) each GROUP BY invoice_id

-- let off: what issued credit notes took off each invoice
SELECT corrects_id AS invoice_id, sum(total) AS amount FROM invoicing_invoice
WHERE kind = 'credit_note' AND state <> 'draft' AND corrects_id IS NOT NULL GROUP BY corrects_id

-- let moved: what every act of this room posted, by the kind of the account
SELECT t.source_type, t.source_id, t.kind AS step, t.brand_id, a.kind, a.owner, p.currency, sum(p.amount) AS amount
FROM ledger_transaction t
JOIN ledger_posting p ON p.transaction_id = t.id
JOIN ledger_account a ON a.id = p.account_id
WHERE t.source_type IN ('payment', 'allocation', 'refund', 'dispute', 'write_off')
GROUP BY t.source_type, t.source_id, t.kind, t.brand_id, a.kind, a.owner, p.currency

-- M11: a gateway's reference is one payment
SELECT gateway, reference, count(*) AS payments FROM payments_payment
WHERE reference <> '' GROUP BY gateway, reference HAVING count(*) > 1;

-- M11: a payment for a wallet topped it up once, by what was captured; what is not there was paid out or lost
SELECT p.public_id AS payment, p.topped_up, coalesce(b.borne, 0) AS borne, coalesce(o.amount, 0) AS paid_out,
    m.amount AS movement
FROM payments_payment p
LEFT JOIN called_back b ON b.payment_id = p.id
LEFT JOIN paid_out o ON o.payment_id = p.id
LEFT JOIN payments_deposit d ON d.payment_id = p.id
LEFT JOIN wallets_movement m ON m.wallet_id = p.wallet_id AND m.kind = 'top_up' AND m.key = p.public_id
WHERE p.topped_up + CASE WHEN d.id IS NULL THEN coalesce(b.borne, 0) ELSE 0 END + coalesce(o.amount, 0)
      <> coalesce(m.amount, 0)
   OR (m.amount IS NOT NULL AND m.amount <> p.captured);

-- M11: a clearing account holds what its gateway captured less what it gave back and what was called back
WITH said AS (
    SELECT p.brand_id, p.gateway, p.captured_currency AS currency,
        sum(p.captured - coalesce(g.gone, 0) - coalesce(b.lost, 0)) AS amount
    FROM payments_payment p
    LEFT JOIN given g ON g.payment_id = p.id
    LEFT JOIN called_back b ON b.payment_id = p.id
    WHERE p.state = 'succeeded' GROUP BY p.brand_id, p.gateway, p.captured_currency
), posted AS (
    SELECT t.brand_id, a.owner AS gateway, o.currency, sum(o.amount) AS amount
    FROM ledger_transaction t
    JOIN ledger_posting o ON o.transaction_id = t.id
    JOIN ledger_account a ON a.id = o.account_id AND a.kind = 'clearing'
    -- What is topped up without a payment is a person's word, and no gateway's.
    WHERE t.source_type IN ('payment', 'refund', 'dispute')
       OR (t.source_type = 'wallet' AND split_part(t.source_id, ':', 2) IN (SELECT public_id FROM payments_payment))
    GROUP BY t.brand_id, a.owner, o.currency
)
SELECT coalesce(s.brand_id, p.brand_id) AS brand, coalesce(s.gateway, p.gateway) AS gateway,
    coalesce(s.currency, p.currency) AS currency, s.amount AS said, p.amount AS posted
FROM said s FULL JOIN posted p USING (brand_id, gateway, currency)
WHERE coalesce(s.amount, 0) <> coalesce(p.amount, 0);

-- M20: what is prepaid, settled, credited and open of an invoice is its total, and nothing is open of one that is paid
SELECT i.public_id AS invoice, i.state, i.total, i.prepaid, i.settled, coalesce(s.amount, 0) AS rows,
    coalesce(o.amount, 0) AS credited
FROM invoicing_invoice i
LEFT JOIN settling s ON s.invoice_id = i.id
LEFT JOIN off o ON o.invoice_id = i.id
WHERE i.settled <> coalesce(s.amount, 0)
   OR i.settled > i.total - i.prepaid
   OR (i.kind <> 'credit_note' AND i.state IN ('paid', 'written_off')
       AND i.prepaid + i.settled + coalesce(o.amount, 0) < i.total)
   OR (i.kind <> 'credit_note' AND i.state = 'issued' AND i.settled > 0
       AND i.prepaid + i.settled + coalesce(o.amount, 0) >= i.total)
   OR (i.state = 'draft' AND i.settled <> 0);

-- M20: a payment is what settles invoices, what a wallet or a deposit took, what went back, what was lost, and credit
SELECT p.public_id AS payment, p.captured, p.allocated, a.amount AS allocations, p.refunded, g.amount AS refunds,
    p.disputed, b.disputed AS disputes, p.lost, b.lost AS disputes_lost, p.deposited, d.public_id AS deposit
FROM payments_payment p
LEFT JOIN applied a ON a.payment_id = p.id
LEFT JOIN given g ON g.payment_id = p.id
LEFT JOIN called_back b ON b.payment_id = p.id
LEFT JOIN payments_deposit d ON d.payment_id = p.id
WHERE (p.allocated, p.refunded, p.disputed, p.lost)
      <> (coalesce(a.amount, 0), coalesce(g.amount, 0), coalesce(b.disputed, 0), coalesce(b.lost, 0))
   -- What was kept of a deposit and is lost all the same was borne.
   OR p.deposited <> coalesce(d."left" + d.to_wallet + d.kept - coalesce(b.borne, 0), 0)
   OR p.allocated + p.topped_up + p.deposited + p.refunded + p.lost > p.captured;

-- M20: deposits held in the ledger are what is left of deposits; each is of a payment of its customer that came
WITH said AS (
    SELECT customer_id, currency, sum("left") AS amount FROM payments_deposit GROUP BY customer_id, currency
), posted AS (
    SELECT a.customer_id, o.currency, -sum(o.amount) AS amount
    FROM ledger_account a JOIN ledger_posting o ON o.account_id = a.id
    WHERE a.kind = 'deposit_held' GROUP BY a.customer_id, o.currency
)
SELECT c.public_id AS customer, coalesce(s.currency, p.currency) AS currency, s.amount AS said, p.amount AS posted
FROM said s FULL JOIN posted p USING (customer_id, currency)
LEFT JOIN customers_customer c ON c.id = customer_id
WHERE coalesce(s.amount, 0) <> coalesce(p.amount, 0)
UNION ALL
SELECT d.public_id, d.currency, d.amount, p.captured
FROM payments_deposit d JOIN payments_payment p ON p.id = d.payment_id
WHERE p.state <> 'succeeded' OR p.captured < d.amount OR p.captured_currency <> d.currency
   OR p.customer_id <> d.customer_id OR p.deposit_id IS DISTINCT FROM d.id;

-- M20: what became of a deposit is what was booked: given back by its refunds, filled into a wallet, kept, lost
SELECT d.public_id AS deposit, d.state, d.given_back, r.amount AS refunds, d.to_wallet, w.amount AS movements, d.kept,
    k.amount AS posted, d.lost, x.amount AS disputes
FROM payments_deposit d
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM payments_refund r
    WHERE r.payment_id = d.payment_id AND r.state <> 'failed' AND r.key LIKE 'deposit:' || d.public_id || ':%') r ON true
LEFT JOIN LATERAL (
    SELECT sum(m.amount) AS amount FROM wallets_movement m JOIN wallets_wallet v ON v.id = m.wallet_id
    WHERE m.kind = 'top_up' AND m.key LIKE d.public_id || ':%' AND v.customer_id = d.customer_id
      AND v.currency = d.currency) w ON true
LEFT JOIN LATERAL (
    SELECT -sum(o.amount) AS amount FROM ledger_transaction t JOIN ledger_posting o ON o.transaction_id = t.id
    JOIN ledger_account a ON a.id = o.account_id AND a.kind = 'deposit_kept'
    WHERE t.source_type = 'deposit' AND t.source_id = d.public_id) k ON true
LEFT JOIN LATERAL (
    SELECT sum(o.amount) AS amount FROM payments_dispute e
    JOIN ledger_transaction t ON t.source_type = 'dispute' AND t.source_id = e.public_id
    JOIN ledger_posting o ON o.transaction_id = t.id
    JOIN ledger_account a ON a.id = o.account_id AND a.kind = 'deposit_held'
    WHERE e.payment_id = d.payment_id) x ON true
WHERE (d.given_back, d.to_wallet, d.kept, d.lost)
    <> (coalesce(r.amount, 0), coalesce(w.amount, 0), coalesce(k.amount, 0), coalesce(x.amount, 0))
   OR (d.state = 'refunded' AND d.refund_id IS NOT NULL AND d.given_back > 0 AND NOT EXISTS (
       SELECT FROM payments_refund f WHERE f.id = d.refund_id AND f.state = 'succeeded'));

-- M20: the account of a customer's credit is what is left of the payments, refunds on their way included
WITH said AS (
    SELECT p.customer_id, p.captured_currency AS currency,
        sum(p.captured - p.allocated - p.topped_up - p.deposited - coalesce(g.gone, 0) - p.lost) AS amount
    FROM payments_payment p LEFT JOIN given g ON g.payment_id = p.id
    WHERE p.state = 'succeeded' GROUP BY p.customer_id, p.captured_currency
), posted AS (
    SELECT a.customer_id, o.currency, -sum(o.amount) AS amount
    FROM ledger_account a JOIN ledger_posting o ON o.account_id = a.id
    WHERE a.kind = 'unapplied' GROUP BY a.customer_id, o.currency
)
SELECT c.public_id AS customer, coalesce(s.currency, p.currency) AS currency, s.amount AS said, p.amount AS posted
FROM said s FULL JOIN posted p USING (customer_id, currency)
LEFT JOIN customers_customer c ON c.id = customer_id
WHERE coalesce(s.amount, 0) <> coalesce(p.amount, 0);

-- M20: an allocation took its amount from the customer's credit and off the debt, in the payment's currency
SELECT l.public_id AS allocation, l.amount, u.amount AS credit, -r.amount AS receivable
FROM payments_allocation l
JOIN payments_payment p ON p.id = l.payment_id
JOIN invoicing_invoice i ON i.id = l.invoice_id
JOIN customers_customer c ON c.id = p.customer_id
LEFT JOIN moved u ON u.source_type = 'allocation' AND u.source_id = l.public_id AND u.kind = 'unapplied'
    AND u.owner = c.public_id AND u.currency = p.captured_currency
LEFT JOIN moved r ON r.source_type = 'allocation' AND r.source_id = l.public_id AND r.kind = 'receivable'
    AND r.owner = c.public_id AND r.currency = i.currency
WHERE u.amount IS DISTINCT FROM l.amount OR -r.amount IS DISTINCT FROM l.amount
   OR p.captured_currency <> i.currency OR i.customer_id <> p.customer_id OR l.customer_id <> p.customer_id;

-- M20: what was undone of an allocation or of a write-off is of the same payment and invoice, and at most all of it
SELECT f.public_id AS allocation, f.amount, sum(r.amount) AS undone
FROM payments_allocation r JOIN payments_allocation f ON f.id = r.reverses_id
GROUP BY f.id, f.public_id, f.amount, f.reverses_id, f.payment_id, f.invoice_id
HAVING -sum(r.amount) > f.amount OR f.reverses_id IS NOT NULL
    OR bool_or(r.payment_id <> f.payment_id OR r.invoice_id <> f.invoice_id)
UNION ALL
SELECT f.public_id, f.amount, r.amount
FROM payments_write_off r JOIN payments_write_off f ON f.id = r.reverses_id
WHERE -r.amount <> f.amount OR f.reverses_id IS NOT NULL OR r.invoice_id <> f.invoice_id;

-- M20: a write-off posted its amount off the debt
SELECT w.public_id AS write_off, w.amount, -m.amount AS receivable
FROM payments_write_off w
LEFT JOIN moved m ON m.source_type = 'write_off' AND m.source_id = w.public_id AND m.kind = 'receivable'
WHERE -m.amount IS DISTINCT FROM w.amount;

-- M21: what went back and what was lost is at most what was captured, and so is all that may yet be lost
SELECT p.public_id AS payment, p.captured, g.amount AS refunds, b.lost, b.disputed
FROM payments_payment p
LEFT JOIN given g ON g.payment_id = p.id
LEFT JOIN called_back b ON b.payment_id = p.id
WHERE coalesce(g.amount, 0) + coalesce(b.lost, 0) + coalesce(b.disputed, 0) > p.captured;

-- M21: a refund that has gone posted its amount out of clearing, a lost dispute did too, and no other did
SELECT coalesce(s.id, m.source_id) AS cause, s.amount, -m.amount AS posted
FROM (
    SELECT public_id AS id, amount FROM payments_refund WHERE state = 'succeeded'
    UNION ALL SELECT public_id, amount FROM payments_dispute WHERE state = 'lost'
) s
FULL JOIN (SELECT * FROM moved WHERE source_type IN ('refund', 'dispute') AND kind = 'clearing') m ON m.source_id = s.id
WHERE s.amount IS DISTINCT FROM -m.amount;

-- M21: a refund took out of the wallet what it says it did, and put it back when it failed
SELECT r.public_id AS refund, r.state, r.from_wallet, -t.amount AS taken, b.amount AS returned
FROM payments_refund r
JOIN payments_payment p ON p.id = r.payment_id
LEFT JOIN wallets_movement t ON t.wallet_id = p.wallet_id AND t.kind = 'refund' AND t.key = r.public_id
LEFT JOIN wallets_movement b ON b.wallet_id = p.wallet_id AND b.kind = 'refund' AND b.key = r.public_id || ':returned'
WHERE r.from_wallet <> -coalesce(t.amount, 0)
   OR coalesce(b.amount, 0) <> CASE WHEN r.state = 'failed' THEN r.from_wallet ELSE 0 END;

-- M23: a payment that came is booked once, by what was captured; one that did not come is not booked
SELECT coalesce(p.public_id, m.source_id) AS payment, p.state, p.captured, m.amount AS posted
FROM (SELECT * FROM payments_payment WHERE state = 'succeeded' AND (wallet_id IS NULL OR currency <> captured_currency)) p
FULL JOIN (SELECT * FROM moved WHERE source_type = 'payment' AND kind = 'clearing') m ON m.source_id = p.public_id
WHERE p.captured IS DISTINCT FROM m.amount;

-- M23: every payment and refund whose outcome is not known is asked about, or waits for a person
SELECT public_id AS what, state, created_at FROM payments_payment
WHERE state IN ('started', 'pending', 'unknown', 'review') AND ask_at IS NULL AND queued_at IS NULL
UNION ALL
SELECT public_id, state, created_at FROM payments_refund
WHERE state IN ('started', 'pending', 'unknown') AND ask_at IS NULL AND queued_at IS NULL;

-- M24: a payment succeeded because its gateway told the very amount, currency, account and invoice, or a person looked
SELECT p.public_id AS payment, p.captured, p.captured_currency, p.merchant
FROM payments_payment p
WHERE p.state = 'succeeded' AND NOT EXISTS (
    SELECT 1 FROM payments_reading r
    WHERE r.payment_id = p.id AND r.progress = 'succeeded' AND r.differs = ''
      AND r.amount = p.captured AND r.currency = p.captured_currency
      AND (r.source = 'person' OR (
          r.amount = p.amount AND r.currency = p.currency AND r.merchant = p.merchant AND r.subject = p.subject))
);

-- M17: the content of receipts and proformas has the hash that it was issued with, and says what is stored
SELECT label, content_hash, total FROM (
    SELECT label, content, content_hash, total, currency, issued_on FROM payments_receipt
    UNION ALL SELECT label, content, content_hash, total, currency, issued_on FROM payments_proforma
) p
WHERE content_hash <> encode(sha256(convert_to(content, 'UTF8')), 'hex')
   OR (content::jsonb ->> 'number', (content::jsonb ->> 'total')::numeric, content::jsonb ->> 'currency',
       (content::jsonb ->> 'issued_on')::date) IS DISTINCT FROM (label::text, total, currency::text, issued_on);

-- M18: the numbers of receipts and proformas are exactly 1 to N in each series and year, and the counter stands at N
SELECT coalesce(c.brand_id, n.brand_id) AS brand, coalesce(c.series, n.series) AS series, n.first, n.last, n.numbers,
    c.last AS counter
FROM (
    SELECT brand_id, series, year, min(number) AS first, max(number) AS last, count(*) AS numbers FROM (
        SELECT brand_id, series, year, number FROM payments_receipt
        UNION ALL SELECT brand_id, series, year, number FROM payments_proforma
    ) p GROUP BY brand_id, series, year
) n
FULL JOIN (SELECT * FROM invoicing_counter WHERE series IN ('RC', 'PF')) c
    ON c.brand_id = n.brand_id AND c.series = n.series AND c.year = n.year
WHERE coalesce(n.last, 0) IS DISTINCT FROM c.last
   OR (n.numbers > 0 AND (n.first <> 1 OR n.last <> n.numbers));

-- M23: a receipt is of a payment that came, over what came, to who paid
SELECT r.label AS receipt, r.total, p.captured, p.state
FROM payments_receipt r JOIN payments_payment p ON p.id = r.payment_id
WHERE p.state <> 'succeeded' OR (r.total, r.currency, r.customer_id, r.brand_id)
    IS DISTINCT FROM (p.captured, p.captured_currency, p.customer_id, p.brand_id);

-- M24: the invoice of a paid proforma carries its charges, for its customer, in its currency; no charge is asked for twice
SELECT f.label AS proforma, i.label AS invoice
FROM payments_proforma f
JOIN invoicing_invoice i ON i.id = f.invoice_id
WHERE i.customer_id <> f.customer_id OR i.currency <> f.currency OR EXISTS (
    SELECT 1 FROM payments_proforma_charge pc
    LEFT JOIN invoicing_line_charge lc ON lc.charge_id = pc.charge_id
    LEFT JOIN invoicing_line l ON l.id = lc.line_id
    WHERE pc.proforma_id = f.id AND l.invoice_id IS DISTINCT FROM f.invoice_id)
UNION ALL
SELECT min(f.label), max(f.label)
FROM payments_proforma f JOIN payments_proforma_charge pc ON pc.proforma_id = f.id
WHERE f.state = 'open' GROUP BY pc.charge_id HAVING count(*) > 1;

-- M24: the guards that keep payments as they were told are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('payments_deposit', 'payments_deposit_no_delete'), ('payments_deposit', 'payments_deposit_promise_frozen'),
    ('payments_deposit', 'payments_deposit_paid_once'), ('payments_deposit', 'payments_deposit_ended'),
    ('payments_payment', 'payments_payment_no_delete'), ('payments_payment', 'payments_payment_intent_frozen'),
    ('payments_payment', 'payments_payment_captured_frozen'), ('payments_reading', 'payments_reading_append_only'),
    ('payments_allocation', 'payments_allocation_append_only'), ('payments_refund', 'payments_refund_no_delete'),
    ('payments_refund', 'payments_refund_frozen'), ('payments_refund', 'payments_refund_ended'),
    ('payments_dispute', 'payments_dispute_no_delete'), ('payments_dispute', 'payments_dispute_ended'),
    ('payments_receipt', 'payments_receipt_append_only'), ('payments_proforma', 'payments_proforma_no_delete'),
    ('payments_proforma', 'payments_proforma_frozen'), ('payments_proforma', 'payments_proforma_ended'),
    ('payments_proforma_charge', 'payments_proforma_charge_append_only'),
    ('payments_write_off', 'payments_write_off_append_only'), ('payments_callback', 'payments_callback_append_only'),
    ('payments_agreement', 'payments_agreement_no_delete'), ('payments_agreement', 'payments_agreement_frozen'),
    ('payments_agreement', 'payments_agreement_withdrawn'), ('payments_method', 'payments_method_no_delete'),
    ('payments_setup', 'payments_setup_no_delete'), ('payments_setup', 'payments_setup_frozen'),
    ('payments_setup', 'payments_setup_ended')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';
