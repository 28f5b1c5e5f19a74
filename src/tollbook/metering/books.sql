-- What must hold of usage: every accepted event is stored once, as it came, and counted once in its hour.

-- let counting: the events that count: all but those that were cancelled or changed
SELECT e.* FROM usage_event e
WHERE NOT EXISTS (SELECT FROM usage_correction c
                  WHERE c.customer_id = e.customer_id AND c.source = e.source AND c.event_id = e.event_id)

-- let hours: the hourly roll-ups, computed again from the events alone
SELECT customer_id, subscription_id, meter_id, dims, bucket AS hour, count(*) AS events, sum(quantity) AS total,
    sum(quantity * extract(epoch FROM bucket + interval '1 hour' - at)) AS moment,
    max(quantity) AS peak, min(quantity) AS low,
    (array_agg(quantity ORDER BY at DESC, quantity DESC))[1] AS last, max(at) AS last_at
FROM counting GROUP BY customer_id, subscription_id, meter_id, dims, bucket

-- let things: the roll-ups of resources, computed again from the events alone
SELECT e.customer_id, e.subscription_id, e.meter_id, e.dims, e.resource, e.bucket AS hour,
    count(*) FILTER (WHERE e.quantity > 0) AS added, count(*) FILTER (WHERE e.quantity < 0) AS removed,
    (array_agg(sign(e.quantity) ORDER BY e.at, e.quantity DESC))[1] AS first, min(e.at) AS first_at,
    (array_agg(sign(e.quantity) ORDER BY e.at DESC, e.quantity DESC))[1] AS last, max(e.at) AS last_at
FROM counting e JOIN metering_meter m ON m.id = e.meter_id AND m.aggregation = 'unique'
GROUP BY e.customer_id, e.subscription_id, e.meter_id, e.dims, e.resource, e.bucket

-- M12: each batch stored as many events as it acknowledged
SELECT coalesce(b.id, e.batch_id) AS batch, b.accepted, coalesce(e.events, 0) AS stored
FROM usage_batch b
FULL JOIN (SELECT batch_id, count(*) AS events FROM usage_event GROUP BY batch_id) e ON e.batch_id = b.id
WHERE b.accepted IS DISTINCT FROM coalesce(e.events, 0);

-- M12: the roll-ups of a customer count each accepted event once, and none that was cancelled
SELECT customer_id AS customer, e.events AS accepted, h.events AS rolled_up
FROM (SELECT customer_id, count(*) AS events FROM counting GROUP BY customer_id) e
FULL JOIN (SELECT customer_id, sum(events) AS events FROM usage_hour GROUP BY customer_id) h USING (customer_id)
WHERE coalesce(e.events, 0) <> coalesce(h.events, 0);

-- M12: a correction names an event of its customer, and one that counts instead of it where it was changed
SELECT c.customer_id AS customer, c.source, c.event_id, c.kind, c.replaced_by
FROM usage_correction c
LEFT JOIN usage_event e ON e.customer_id = c.customer_id AND e.source = c.source AND e.event_id = c.event_id
LEFT JOIN usage_event n ON n.customer_id = c.customer_id AND n.source = c.source AND n.event_id = c.replaced_by
WHERE e.event_id IS NULL OR (c.kind = 'changed') <> (n.event_id IS NOT NULL) OR n.event_id = e.event_id;

-- M12: a conflicting event is kept apart: another body under an accepted id is counted nowhere
SELECT c.customer_id AS customer, c.source, c.event_id
FROM usage_conflict c LEFT JOIN usage_event e USING (customer_id, source, event_id)
WHERE e.event_id IS NULL OR e.payload_hash = c.payload_hash;

-- M12: a hold of units that was captured has become the event that has its id, once and as much
SELECT h.customer_id AS customer, h.public_id AS hold, h.captured, e.quantity AS stored
FROM usage_hold h
LEFT JOIN usage_event e ON e.customer_id = h.customer_id AND e.source = 'usage-hold' AND e.event_id = h.public_id
WHERE (h.state = 'captured') <> (h.captured > 0) OR (h.state = 'captured' AND e.quantity IS DISTINCT FROM h.captured);

-- M12: the guards that keep accepted events as they came are in place
SELECT w.guard, coalesce(g.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('usage_event', 'usage_event_append_only'), ('usage_conflict', 'usage_conflict_append_only'),
    ('usage_correction', 'usage_correction_append_only'), ('usage_batch', 'usage_batch_no_delete'),
    ('usage_hold', 'usage_hold_no_delete'), ('usage_hold', 'usage_hold_frozen')
) AS w (name, guard)
LEFT JOIN pg_trigger g
    ON g.tgrelid = to_regclass(w.name) AND g.tgname LIKE 'pgtrigger\_' || w.guard || '\______'
WHERE g.tgenabled IS DISTINCT FROM 'O' AND g.tgenabled IS DISTINCT FROM 'A';

-- M14: every roll-up equals its events that count aggregated again, in whatever order and batches they came
SELECT customer_id AS customer, subscription_id AS subscription, meter_id AS meter, dims, hour,
    h.events AS events, e.events AS events_again, h.total, e.total AS total_again, h.moment, e.moment AS moment_again,
    h.peak, e.peak AS peak_again, h.low, e.low AS low_again, h.last, e.last AS last_again
FROM hours e FULL JOIN usage_hour h USING (customer_id, subscription_id, meter_id, dims, hour)
WHERE (h.events, h.total, h.moment, h.peak, h.low, h.last, h.last_at)
    IS DISTINCT FROM (coalesce(e.events, 0), coalesce(e.total, 0), coalesce(e.moment, 0), e.peak, e.low, e.last,
                      e.last_at);

-- M14: every roll-up of a resource equals its events that count aggregated again
SELECT customer_id AS customer, subscription_id AS subscription, meter_id AS meter, dims, resource, hour,
    t.added, e.added AS added_again, t.removed, e.removed AS removed_again, t.first, e.first AS first_again,
    t.last, e.last AS last_again
FROM things e FULL JOIN usage_thing t USING (customer_id, subscription_id, meter_id, dims, resource, hour)
WHERE (t.added, t.removed, t.first, t.first_at, t.last, t.last_at)
    IS DISTINCT FROM (e.added, e.removed, e.first, e.first_at, e.last, e.last_at);
