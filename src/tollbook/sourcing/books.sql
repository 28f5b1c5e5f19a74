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

-- M26: a purchase is booked at posting scale: cost of sales against what we owe the supplier
SELECT b.public_id AS purchase, b.amount, sum(p.amount) FILTER (WHERE a.kind = 'cost_of_sales') AS cost_posted,
    -sum(p.amount) FILTER (WHERE a.kind = 'supplier_payable') AS owed_posted
FROM sourcing_purchase b
LEFT JOIN ledger_transaction t
    ON t.source_type = 'purchase' AND t.source_id = b.public_id AND t.kind = 'cost'
LEFT JOIN ledger_posting p ON p.transaction_id = t.id
LEFT JOIN ledger_account a ON a.id = p.account_id
GROUP BY b.id, b.public_id, b.amount
HAVING coalesce(sum(p.amount) FILTER (WHERE a.kind = 'cost_of_sales'), 0) <> round(b.amount, 10)
    OR coalesce(-sum(p.amount) FILTER (WHERE a.kind = 'supplier_payable'), 0) <> round(b.amount, 10);
