-- What must hold of upstream bills: every row became use or a reported reason, and its cost is in the ledger.

-- M12: every row of an imported bill is a usage event when it is billed or credited, and none when it is reported
SELECT s.code AS supplier, r.row_id AS row, r.outcome, r.quantity, e.quantity AS used
FROM sourcing_imported_row r
JOIN sourcing_supplier s ON s.id = r.supplier_id
LEFT JOIN usage_event e
    ON e.customer_id = r.customer_id AND e.source = 'focus:' || s.code AND e.event_id = r.row_id
WHERE (r.outcome = 'reported') <> (e.event_id IS NULL)
   OR (r.outcome <> 'reported' AND e.quantity IS DISTINCT FROM r.quantity);

-- M26: what was bought is what the imported rows say, by customer, item and unit cost
WITH rows AS (
    SELECT supplier_id, customer_id, item, unit_cost, sum(quantity) AS quantity, sum(quantity * unit_cost) AS amount
    FROM sourcing_imported_row WHERE outcome <> 'reported' GROUP BY 1, 2, 3, 4
), bought AS (
    SELECT supplier_id, customer_id, item, unit_cost, sum(quantity) AS quantity, sum(amount) AS amount
    FROM sourcing_purchase GROUP BY 1, 2, 3, 4
)
SELECT supplier_id AS supplier, customer_id AS customer, item, unit_cost, r.quantity, b.quantity AS bought,
    r.amount, b.amount AS cost
FROM rows r FULL JOIN bought b USING (supplier_id, customer_id, item, unit_cost)
WHERE (r.quantity, r.amount) IS DISTINCT FROM (b.quantity, b.amount);

-- M26: what a customer's purchases cost is booked, at posting scale: cost of sales against what we owe the supplier
WITH bought AS (
    SELECT s.brand_id, s.code, b.customer_id, b.currency, sum(b.amount) AS amount, count(*) AS purchases
    FROM sourcing_purchase b JOIN sourcing_supplier s ON s.id = b.supplier_id GROUP BY 1, 2, 3, 4
), posted AS (
    SELECT t.brand_id, a.owner AS code, t.customer_id, p.currency,
        coalesce(sum(p.amount) FILTER (WHERE a.kind = 'cost_of_sales'), 0) AS cost,
        coalesce(-sum(p.amount) FILTER (WHERE a.kind = 'supplier_payable'), 0) AS owed
    FROM ledger_transaction t
    JOIN ledger_posting p ON p.transaction_id = t.id
    JOIN ledger_account a ON a.id = p.account_id
    WHERE t.source_type = 'purchase' AND t.kind = 'cost' GROUP BY 1, 2, 3, 4
)
SELECT brand_id AS brand, code AS supplier, customer_id AS customer, currency, b.amount, p.cost, p.owed
FROM bought b FULL JOIN posted p USING (brand_id, code, customer_id, currency)
-- Each booking is cut to ten places by itself, so each may differ by half of the last one.
WHERE coalesce(p.cost, 0) <> coalesce(p.owed, 0)
   OR abs(coalesce(b.amount, 0) - coalesce(p.cost, 0)) > coalesce(b.purchases, 0) * 0.5e-10;
