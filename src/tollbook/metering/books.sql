-- What must hold of usage: every accepted event is stored once, as it came, and counted once in its hour.

-- let hours: the hourly roll-ups, computed again from the events alone
SELECT customer_id, subscription_id, meter_id, dims, bucket AS hour, count(*) AS events, sum(quantity) AS total,
    max(quantity) AS peak, (array_agg(quantity ORDER BY at DESC, quantity DESC))[1] AS last, max(at) AS last_at
FROM usage_event GROUP BY customer_id, subscription_id, meter_id, dims, bucket

-- M12: each batch stored as many events as it acknowledged
SELECT coalesce(b.id, e.batch_id) AS batch, b.accepted, coalesce(e.events, 0) AS stored
FROM usage_batch b
FULL JOIN (SELECT batch_id, count(*) AS events FROM usage_event GROUP BY batch_id) e ON e.batch_id = b.id
WHERE b.accepted IS DISTINCT FROM coalesce(e.events, 0);

-- M12: the roll-ups of a customer count each accepted event once
SELECT customer_id AS customer, e.events AS accepted, h.events AS rolled_up
FROM (SELECT customer_id, count(*) AS events FROM usage_event GROUP BY customer_id) e
FULL JOIN (SELECT customer_id, sum(events) AS events FROM usage_hour GROUP BY customer_id) h USING (customer_id)
WHERE e.events IS DISTINCT FROM h.events;

-- M12: a conflicting event is kept apart: another body under an accepted id is counted nowhere
SELECT c.customer_id AS customer, c.source, c.event_id
FROM usage_conflict c LEFT JOIN usage_event e USING (customer_id, source, event_id)
WHERE e.event_id IS NULL OR e.payload_hash = c.payload_hash;

-- M12: the guards that keep accepted events as they came are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('usage_event', 'usage_event_append_only'), ('usage_conflict', 'usage_conflict_append_only'),
    ('usage_batch', 'usage_batch_no_delete')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';

-- M14: every roll-up equals its events aggregated again, in whatever order and batches they came
SELECT customer_id AS customer, subscription_id AS subscription, meter_id AS meter, dims, hour,
    h.events AS events, e.events AS events_again, h.total, e.total AS total_again,
    h.peak, e.peak AS peak_again, h.last, e.last AS last_again
FROM hours e FULL JOIN usage_hour h USING (customer_id, subscription_id, meter_id, dims, hour)
WHERE (h.events, h.total, h.peak, h.last, h.last_at)
    IS DISTINCT FROM (e.events, e.total, e.peak, e.last, e.last_at);
