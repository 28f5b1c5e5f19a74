-- What must hold of invoices: they add up, are booked as they say, are numbered without gaps and never change.

-- let issued: every document that has left the house
SELECT i.*, (i.content::jsonb) AS said FROM invoicing_invoice i WHERE i.state <> 'draft'

-- let line_sums: what the lines of each invoice sum to; the price of a line is its gross where that includes tax
SELECT invoice_id, count(*) AS lines, sum(net) AS net, count(gross) AS gross_lines, sum(gross) AS gross
FROM invoicing_line GROUP BY invoice_id

-- let line_dues: the exact net and gross of each line, cut far below what is posted, and the minor unit of its currency
SELECT l.*, i.kind, round(l.exact * 100 / (100 + coalesce(l.tax_included, 0)), 20) AS exact_net,
    round(l.exact * (100 + l.tax_percent) / (100 + coalesce(l.tax_included, 0)), 20) AS exact_gross,
    scale((i.said ->> 'total')::numeric) AS places, power(10::numeric, -scale((i.said ->> 'total')::numeric)) AS minor
FROM invoicing_line l JOIN issued i ON i.id = l.invoice_id

-- let booked: what each invoice posted, by the kind of the account
SELECT t.source_id AS invoice, t.kind AS step, a.kind, a.owner, p.currency, sum(p.amount) AS amount
FROM ledger_transaction t
JOIN ledger_posting p ON p.transaction_id = t.id
JOIN ledger_account a ON a.id = p.account_id
WHERE t.source_type = 'invoice' GROUP BY t.source_id, t.kind, a.kind, a.owner, p.currency

-- M7: the rounding posted with an invoice is under one minor unit for each of its lines, two where the price includes tax
SELECT i.public_id AS invoice, b.amount AS rounding, l.lines
FROM issued i
JOIN booked b ON b.invoice = i.public_id AND b.kind = 'rounding'
JOIN line_sums l ON l.invoice_id = i.id
WHERE abs(b.amount) >= (l.lines + l.gross_lines) * power(10::numeric, -scale((i.said ->> 'total')::numeric));

-- M7: a line is less than one minor unit away from its exact amount, and so is the net of a price that includes tax
SELECT public_id AS line, exact, exact_gross, gross, net
FROM line_dues
WHERE CASE WHEN gross IS NULL THEN abs(net - exact) >= minor
           ELSE abs(gross - exact_gross) >= minor 
               -- What is left of a line that was credited in parts bears the roundings of all of them.
               OR abs(net - gross * 100 / (100 + tax_percent)) >= CASE WHEN kind <> 'credit_note' THEN minor ELSE 2 * minor END
      END;

-- M7: a document in another currency than the books names a rate, and its tax is converted at it, rounded once
WITH frozen AS (
    SELECT i.public_id, i.currency, i.tax, b.currency AS books, i.said -> 'exchange' AS told,
        (i.said #>> '{exchange,local_tax}')::numeric AS local_tax, (i.said #>> '{exchange,places}')::int AS places,
        split_part(i.said #>> '{exchange,ratio}', '/', 1)::numeric AS n,
        split_part(i.said #>> '{exchange,ratio}', '/', 2)::numeric AS d
    FROM issued i JOIN brands_brand b ON b.id = i.brand_id
)
SELECT public_id AS invoice, currency, tax, books, local_tax, round(tax * n / d, 20) AS wanted
FROM frozen
WHERE CASE WHEN told IS NULL THEN currency <> books AND tax <> 0
           ELSE currency = books OR told ->> 'books' <> books
                OR local_tax <> round(tax * n * 1.00000000000000000000 / d, places) END;

-- M12: every charge is on one line of one invoice of its customer, or waits for the bill run; never both
SELECT c.public_id AS charge, lc.line_id AS line, u.charge_id IS NOT NULL AS waits
FROM charging_charge c
LEFT JOIN invoicing_line_charge lc ON lc.charge_id = c.id
LEFT JOIN invoicing_line l ON l.id = lc.line_id
LEFT JOIN invoicing_invoice i ON i.id = l.invoice_id
LEFT JOIN charging_unbilled u ON u.charge_id = c.id
WHERE (lc.line_id IS NULL) <> (u.charge_id IS NOT NULL)
   OR i.customer_id <> c.customer_id OR l.customer_id <> c.customer_id OR i.currency <> c.currency
   OR u.customer_id <> c.customer_id;

-- M16: the lines of an invoice sum to its net, its tax groups to its tax, and both to its total
WITH taxes AS (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax FROM invoicing_tax GROUP BY invoice_id)
SELECT i.public_id AS invoice, i.net, l.net AS lines, t.net AS taxed, i.tax, t.tax AS taxes, i.total
FROM issued i
LEFT JOIN line_sums l ON l.invoice_id = i.id
LEFT JOIN taxes t ON t.invoice_id = i.id
WHERE (l.net, t.net, t.tax, i.total) IS DISTINCT FROM (i.net, i.net, i.tax, i.net + i.tax);

-- M16: a tax group has the net of its lines
SELECT i.public_id AS invoice, code, percent, name, t.net AS taxed, l.net AS lines
FROM (SELECT invoice_id, code, percent, name, net FROM invoicing_tax) t
FULL JOIN (
    SELECT invoice_id, tax_code AS code, tax_percent AS percent, tax_name AS name, sum(net) AS net
    FROM invoicing_line GROUP BY 1, 2, 3, 4
) l USING (invoice_id, code, percent, name)
JOIN issued i ON i.id = invoice_id
WHERE t.net IS DISTINCT FROM l.net;

-- M16: several taxes of a group add up to it, in percent and in money
SELECT i.public_id AS invoice, t.name, t.percent, t.tax, sum(p.percent) AS percents, sum(p.tax) AS taxes
FROM invoicing_tax t JOIN issued i ON i.id = t.invoice_id
LEFT JOIN invoicing_tax_part p ON p.group_id = t.id
WHERE t.name <> '' OR p.id IS NOT NULL
GROUP BY t.id, i.public_id, t.name, t.percent, t.tax
HAVING (sum(p.percent), sum(p.tax)) IS DISTINCT FROM (t.percent, t.tax);

-- M16: the tax of an invoice is rounded as it says: from the nets of the group, or what the prices leave
WITH shares AS (
    SELECT l.invoice_id, l.tax_code, l.tax_percent, l.tax_name, l.places,
        -- What is taxed together: the group, its prices that include tax, or the line.
        CASE WHEN i.tax_mode = 'per_line' THEN l.id
             WHEN i.tax_mode = 'keep_gross' AND l.gross IS NOT NULL THEN -1 ELSE 0 END AS share,
        CASE WHEN i.tax_mode <> 'sum_by_net' THEN sum(l.gross) END AS gross, sum(l.net) AS net
    FROM line_dues l JOIN issued i ON i.id = l.invoice_id AND i.kind <> 'credit_note'
    GROUP BY l.invoice_id, l.tax_code, l.tax_percent, l.tax_name, l.places, i.tax_mode, share
), taxes AS (
    SELECT s.invoice_id, s.tax_code AS code, s.tax_percent AS percent, s.tax_name AS name,
        sum(CASE WHEN s.gross IS NULL THEN r.tax ELSE s.gross - s.net END) AS tax
    FROM shares s
    JOIN invoicing_tax t ON t.invoice_id = s.invoice_id AND t.code = s.tax_code AND t.percent = s.tax_percent
        AND t.name = s.tax_name
    CROSS JOIN LATERAL (
        SELECT sum(round(s.net * each.percent / 100, s.places)) AS tax
        FROM (SELECT p.percent FROM invoicing_tax_part p WHERE p.group_id = t.id
              UNION ALL
              SELECT t.percent WHERE NOT EXISTS (SELECT 1 FROM invoicing_tax_part p WHERE p.group_id = t.id)) each
    ) r
    GROUP BY 1, 2, 3, 4
)
SELECT i.public_id AS invoice, i.tax_mode, code, percent, t.tax, w.tax AS wanted
FROM invoicing_tax t
JOIN issued i ON i.id = t.invoice_id AND i.kind <> 'credit_note'
LEFT JOIN taxes w USING (invoice_id, code, percent, name)
WHERE t.tax IS DISTINCT FROM w.tax;

-- let offs: what codes off the whole invoice took off each line
SELECT line_id, sum(amount) AS amount, sum(exact) AS exact FROM invoicing_line_off GROUP BY line_id

-- M16: a line's quantity and exact amount are the sums of its charges, on a credit note with the other sign, less what
-- codes took off the whole invoice; without charges it credits a line or has a debit, never both charges and a debit
SELECT l.public_id AS line, l.quantity, sum(c.quantity) AS quantity_charged, l.exact, sum(c.amount) AS charges,
    d.amount AS debit, o.exact AS off
FROM invoicing_line l
LEFT JOIN offs o ON o.line_id = l.id
JOIN issued i ON i.id = l.invoice_id
LEFT JOIN invoicing_line_charge lc ON lc.line_id = l.id
LEFT JOIN charging_charge c ON c.id = lc.charge_id
LEFT JOIN invoicing_debit d ON d.line_id = l.id
GROUP BY l.id, l.public_id, l.quantity, l.exact, l.corrects_id, i.kind, d.id, d.amount, o.exact
HAVING CASE WHEN d.id IS NOT NULL THEN i.kind <> 'invoice' OR count(c.id) > 0 OR (l.quantity, l.exact) <> (1, d.amount)
            WHEN i.kind <> 'credit_note' THEN (l.quantity, l.exact + coalesce(o.exact, 0))
                IS DISTINCT FROM (sum(c.quantity), sum(c.amount))
            WHEN count(c.id) > 0 THEN (l.quantity, l.exact + coalesce(o.exact, 0))
                IS DISTINCT FROM (-sum(c.quantity), -sum(c.amount))
            ELSE l.corrects_id IS NULL END;

-- M16: a debit is its line's customer's, in the currency of its invoice, and sold as a product of the brand that issued it
SELECT d.public_id AS debit, i.label AS invoice, d.currency, p.public_id AS product
FROM invoicing_debit d
JOIN invoicing_line l ON l.id = d.line_id
JOIN invoicing_invoice i ON i.id = l.invoice_id
JOIN catalog_product p ON p.id = d.product_id
WHERE d.customer_id <> l.customer_id OR l.customer_id <> i.customer_id OR d.currency <> i.currency
   OR p.brand_id <> i.brand_id;

-- M16: the document says what is stored: number, day, currency, net, tax, total, what is prepaid and what is to pay
WITH told AS (
    SELECT i.*, (said ->> 'net')::numeric AS said_net, (said ->> 'tax')::numeric AS said_tax,
        (said ->> 'total')::numeric AS said_total, (said ->> 'prepaid')::numeric AS said_prepaid,
        (said ->> 'payable')::numeric AS said_payable, s.lines AS said_lines, s.net AS said_lines_net
    FROM issued i CROSS JOIN LATERAL (
        SELECT count(*) AS lines, sum((line ->> 'net')::numeric) AS net
        FROM jsonb_array_elements(i.said -> 'lines') line
    ) s
)
SELECT t.public_id AS invoice, t.label, t.total, t.said_total, t.prepaid, t.said_prepaid, t.said_payable,
    t.said_lines, t.said_lines_net
FROM told t LEFT JOIN line_sums l ON l.invoice_id = t.id
WHERE (t.said ->> 'number', (t.said ->> 'issued_on')::date, t.said ->> 'currency', said_net, said_tax, said_total, said_prepaid, said_payable,
       said_lines, said_lines_net)
    IS DISTINCT FROM (t.label::text, t.issued_on, t.currency::text, t.net, t.tax, t.total, t.prepaid, t.total - t.prepaid,
                      l.lines, l.net);

-- M16: an e-invoice that was made says the stored total
SELECT i.public_id AS invoice, i.total, f.total AS total_of_document
FROM invoicing_document d
JOIN invoicing_invoice i ON i.id = d.invoice_id
CROSS JOIN LATERAL (
    SELECT substring(convert_from(d.body, 'UTF8') FROM 'GrandTotalAmount[^>]*>([0-9.-]+)<')::numeric AS total
) f
WHERE d.format = 'xml' AND f.total IS DISTINCT FROM i.total;

-- M16: an invoice posted its total as the customer's debt, and what was prepaid as settled; a credit note took it off
SELECT i.public_id AS invoice, i.total, r.amount AS receivable, i.prepaid, -s.amount AS settled, a.amount AS advance
FROM issued i
JOIN customers_customer c ON c.id = i.customer_id
LEFT JOIN booked r ON r.invoice = i.public_id AND r.step = 'issue' AND r.kind = 'receivable'
    AND r.owner = c.public_id AND r.currency = i.currency
LEFT JOIN booked s ON s.invoice = i.public_id AND s.step = 'settle' AND s.kind = 'receivable'
    AND s.owner = c.public_id AND s.currency = i.currency
LEFT JOIN booked a ON a.invoice = i.public_id AND a.step = 'settle' AND a.kind = 'advance'
    AND a.owner = c.public_id AND a.currency = i.currency
WHERE (coalesce(r.amount, 0), -coalesce(s.amount, 0), coalesce(a.amount, 0))
    IS DISTINCT FROM (CASE WHEN i.kind <> 'credit_note' THEN i.total ELSE -i.total END, i.prepaid, i.prepaid);

-- M16: an invoice posted the tax of its groups and, exactly as charged, the revenue of its lines
WITH exact AS (SELECT invoice_id, sum(exact_net) AS exact, count(*) AS lines FROM line_dues GROUP BY invoice_id),
sums AS (SELECT invoice, kind, sum(amount) AS amount FROM booked WHERE step = 'issue' GROUP BY invoice, kind)
SELECT i.public_id AS invoice, i.tax, -t.amount AS tax_posted, e.exact, -r.amount AS revenue_posted
FROM issued i
JOIN exact e ON e.invoice_id = i.id
LEFT JOIN sums t ON t.invoice = i.public_id AND t.kind = 'tax_payable'
LEFT JOIN sums r ON r.invoice = i.public_id AND r.kind = 'revenue'
-- Revenue is posted by product at ten places, so each product may differ by half of the last one.
CROSS JOIN LATERAL (SELECT CASE WHEN i.kind <> 'credit_note' THEN 1 ELSE -1 END AS sign) s
WHERE -coalesce(t.amount, 0) <> s.sign * i.tax
   OR abs(s.sign * e.exact + coalesce(r.amount, 0)) > e.lines * 0.5e-10;

-- M16: what customers paid ahead is what their charges drew and no invoice carries yet, and what holds captured
WITH ahead AS (
    SELECT a.owner, a.currency, -sum(p.amount) AS amount
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.kind = 'advance' GROUP BY a.owner, a.currency
), waiting AS (
    SELECT customer_id, currency, sum(amount) AS amount FROM (
        SELECT c.customer_id, c.currency, d.amount
        FROM charging_draw d JOIN charging_charge c ON c.id = d.charge_id
        WHERE NOT EXISTS (SELECT 1 FROM invoicing_line_charge lc WHERE lc.charge_id = c.id)
        UNION ALL
        SELECT w.customer_id, w.currency, h.captured FROM wallets_hold h JOIN wallets_wallet w ON w.id = h.wallet_id
    ) each GROUP BY customer_id, currency
)
SELECT coalesce(c.public_id, a.owner) AS customer, coalesce(a.currency, w.currency) AS currency, a.amount AS ahead, w.amount AS waiting
FROM waiting w
JOIN customers_customer c ON c.id = w.customer_id
FULL JOIN ahead a ON a.owner = c.public_id AND a.currency = w.currency
WHERE coalesce(a.amount, 0) <> coalesce(w.amount, 0);

-- M17: an issued document's content has the hash that it was issued with
SELECT public_id AS invoice, label, content_hash FROM issued
WHERE content_hash <> encode(sha256(convert_to(content, 'UTF8')), 'hex');

-- M17: a kept PDF or XML has the hash that it was made with
SELECT i.public_id AS invoice, d.format, d.sha256
FROM invoicing_document d JOIN invoicing_invoice i ON i.id = d.invoice_id
WHERE d.sha256 <> encode(sha256(d.body), 'hex');

-- M17: the credit notes of an invoice do not exceed it, in its currency and for its customer
SELECT i.public_id AS invoice, i.total, sum(n.total) AS credited
FROM issued n JOIN invoicing_invoice i ON i.id = n.corrects_id
WHERE n.kind = 'credit_note'
GROUP BY i.id, i.public_id, i.total, i.customer_id, i.currency
HAVING sum(n.total) > i.total OR bool_or(n.customer_id <> i.customer_id OR n.currency <> i.currency);

-- M17: an invoice knows what its credit notes took off
SELECT i.public_id AS invoice, i.credited, sum(n.total) AS credit_notes
FROM invoicing_invoice i LEFT JOIN issued n ON n.corrects_id = i.id AND n.kind = 'credit_note'
GROUP BY i.id, i.public_id, i.credited HAVING i.credited <> coalesce(sum(n.total), 0);

-- M17: of no line more is credited than it has: net, price and exact amount, on a note for its invoice
SELECT l.public_id AS line, l.net, sum(c.net) AS credited, l.gross, sum(c.gross) AS gross_credited, l.exact,
    sum(c.exact) AS exact_credited
FROM invoicing_line c
JOIN invoicing_line l ON l.id = c.corrects_id
JOIN invoicing_invoice n ON n.id = c.invoice_id
GROUP BY l.id, l.public_id, l.net, l.gross, l.exact, l.invoice_id, l.customer_id
HAVING abs(sum(c.net)) > abs(l.net) OR abs(sum(c.gross)) > abs(l.gross)
    OR abs(sum(c.exact)) > abs(l.exact) + power(10::numeric, -18) * count(*)
    OR sign(sum(c.net)) * sign(l.net) < 0
    OR bool_or(n.corrects_id IS DISTINCT FROM l.invoice_id OR c.customer_id <> l.customer_id);

-- M22: a code off whole invoices takes what it says off an invoice of its customer, spread over lines, or corrects that
WITH used AS (
    SELECT u.redemption_id, u.document, u.currency, u.of, u.amount, d.customer_id, p.kind, p.value,
        p.currency AS of_currency, p.scope
    FROM promotions_use u JOIN promotions_redemption d ON d.id = u.redemption_id
    JOIN promotions_promotion p ON p.id = d.promotion_id
), taken AS (
    SELECT o.redemption_id, i.public_id AS document, i.currency, i.customer_id, scale((i.said ->> 'total')::numeric) AS places,
        sum(o.amount) AS amount,
        bool_or(coalesce(l.gross, l.net) < 0 OR o.amount <> round(o.amount, scale((i.said ->> 'total')::numeric))) AS wrong
    FROM invoicing_line_off o JOIN invoicing_line l ON l.id = o.line_id JOIN issued i ON i.id = l.invoice_id
    WHERE i.kind = 'invoice' AND o.amount > 0 GROUP BY 1, 2, 3, 4, 5
)
SELECT document, redemption_id AS redemption, u.of, u.amount AS used, t.amount AS taken
FROM used u FULL JOIN taken t USING (redemption_id, document)
WHERE u.amount IS DISTINCT FROM t.amount OR t.wrong OR u.scope <> 'invoice' OR u.amount > u.of
   OR (u.currency, u.customer_id) IS DISTINCT FROM (t.currency, t.customer_id)
   OR u.of_currency NOT IN ('', u.currency)
   OR u.amount > CASE WHEN u.kind = 'percent' THEN round(u.of * u.value / 100, t.places) ELSE u.value END
   OR u.kind = 'percent' AND u.amount < round(u.of * u.value / 100, t.places) AND EXISTS (
        SELECT 1 FROM invoicing_line l JOIN invoicing_invoice i ON i.id = l.invoice_id
        WHERE i.public_id = document HAVING sum(coalesce(l.gross, l.net)) > 0)
UNION ALL
SELECT i.public_id, o.redemption_id, NULL, NULL, o.amount
FROM invoicing_line_off o JOIN invoicing_line l ON l.id = o.line_id JOIN invoicing_invoice i ON i.id = l.invoice_id
WHERE (o.amount < 0 OR i.kind <> 'invoice') AND NOT EXISTS (
    SELECT 1 FROM invoicing_line_charge k JOIN charging_charge c ON c.id = k.charge_id
    WHERE k.line_id = l.id AND c.revision > 1);

-- M17: the guards that freeze issued documents are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('invoicing_invoice', 'invoicing_invoice_frozen'), ('invoicing_invoice', 'invoicing_invoice_no_delete'),
    ('invoicing_line', 'invoicing_line_append_only'), ('invoicing_tax', 'invoicing_tax_append_only'),
    ('invoicing_line', 'invoicing_line_credited'), ('invoicing_line_off', 'invoicing_line_off_append_only'),
    ('invoicing_tax_part', 'invoicing_tax_part_append_only'), ('catalog_price_book', 'catalog_price_book_frozen'),
    ('invoicing_line_charge', 'invoicing_line_charge_append_only'), ('invoicing_debit', 'invoicing_debit_append_only'),
    ('invoicing_document', 'invoicing_document_append_only'), ('charging_charge', 'charging_charge_append_only'),
    ('charging_draw', 'charging_draw_append_only')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';

-- M18: the numbers of a series and year are exactly 1 to N, and the counter stands at N
SELECT coalesce(c.brand_id, n.brand_id) AS brand, coalesce(c.series, n.series) AS series,
    coalesce(c.year, n.year) AS year, n.first, n.last, n.numbers, n.labels, c.last AS counter
FROM (
    SELECT brand_id, series, year, min(number) AS first, max(number) AS last, count(*) AS numbers,
        count(DISTINCT number) AS different, count(DISTINCT label) AS labels
    FROM issued GROUP BY brand_id, series, year
) n
FULL JOIN (
    -- Those of other rooms are theirs to check: receipts and proformas.
    SELECT * FROM invoicing_counter WHERE series NOT IN ('RC', 'PF')
) c ON c.brand_id = n.brand_id AND c.series = n.series AND c.year = n.year
WHERE coalesce(n.last, 0) IS DISTINCT FROM c.last
   OR (n.numbers > 0 AND (n.first <> 1 OR n.last <> n.numbers OR n.different <> n.numbers OR n.labels <> n.numbers));

-- M18: dates never decrease as numbers grow, and lie in the year of the series
SELECT public_id AS invoice, label, issued_on, before FROM (
    SELECT public_id, label, year, issued_on,
        lag(issued_on) OVER (PARTITION BY brand_id, series, year ORDER BY number) AS before
    FROM issued
) d WHERE issued_on < before OR year <> extract(year FROM issued_on);

-- M22: a document never asks for less than nothing, and no more is prepaid than it asks for
SELECT public_id AS invoice, total, prepaid FROM invoicing_invoice
WHERE total < 0 OR prepaid < 0 OR prepaid > total;

-- M22: the ledger has of each redemption what it took off the charges and the lines of documents, to ten places a document
WITH latest AS (
    SELECT DISTINCT ON (c.subscription_id, c.phase_id, c.price_id, c.period_start) c.currency, c.rated
    FROM charging_charge c JOIN invoicing_line_charge k ON k.charge_id = c.id
    WHERE c.subscription_id IN (SELECT subscription_id FROM promotions_redemption)
    ORDER BY c.subscription_id, c.phase_id, c.price_id, c.period_start, c.revision DESC
), taken AS (
    SELECT step ->> 'redemption' AS redemption, l.currency, sum((step ->> 'amount')::numeric
        * CASE WHEN l.rated ->> 'credited' = 'true' THEN 1 ELSE -1 END) AS amount
    FROM latest l CROSS JOIN LATERAL jsonb_array_elements(l.rated -> 'lines') step
    WHERE step ->> 'kind' = 'promotion' GROUP BY 1, 2
    UNION ALL
    SELECT d.public_id, i.currency, CASE WHEN i.kind = 'credit_note' THEN -o.amount ELSE o.amount END
    FROM invoicing_line_off o
    JOIN promotions_redemption d ON d.id = o.redemption_id
    JOIN invoicing_line l ON l.id = o.line_id JOIN invoicing_invoice i ON i.id = l.invoice_id
), sums AS (SELECT redemption, currency, sum(amount) AS amount FROM taken GROUP BY 1, 2
), given AS (
    SELECT a.owner AS redemption, a.currency, sum(p.amount) AS amount, count(*) AS postings
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.kind = 'discount' AND a.owner <> '' GROUP BY 1, 2
)
SELECT redemption, currency, t.amount AS taken_off, b.amount AS booked
FROM sums t FULL JOIN given b USING (redemption, currency)
WHERE abs(coalesce(t.amount, 0) - coalesce(b.amount, 0)) > coalesce(b.postings, 0) * 1e-10;
