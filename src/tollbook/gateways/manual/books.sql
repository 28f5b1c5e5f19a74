-- What bank entries and payments must say of each other.

-- M11: an entry that is assigned is one payment of its amount; a payment by hand that names an entry is that entry's
SELECT e.public_id AS entry, e.amount, e.currency, p.public_id AS payment, p.captured
FROM gateway_manual_entry e
LEFT JOIN payments_payment p ON p.id = e.payment_id
WHERE e.state = 'assigned' AND (
    (p.captured, p.captured_currency, p.gateway, p.reference, p.brand_id)
    IS DISTINCT FROM (e.amount, e.currency, 'manual', e.account || ' ' || e.reference, e.brand_id)
);

-- M3: the guards that keep bank entries as the bank told them are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('gateway_manual_statement', 'gateway_manual_statement_append_only'),
    ('gateway_manual_entry', 'gateway_manual_entry_no_delete'),
    ('gateway_manual_entry', 'gateway_manual_entry_frozen'), ('gateway_manual_entry', 'gateway_manual_entry_final')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';
