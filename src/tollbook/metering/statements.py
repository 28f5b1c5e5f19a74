"""The statements by which a batch of events is stored and rolled up."""

STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS usage_stage (
        row integer, customer_id bigint, source text, event_id text, payload_hash bytea, meter_id bigint,
        subscription_id bigint, quantity numeric, at timestamptz, shift_min integer, dims text, resource text
    ) ON COMMIT DELETE ROWS
"""
# Everybody whose use comes in has a border, so that there is a row to share with charging and corrections.
SHARE = "SELECT customer_id FROM usage_border WHERE customer_id = ANY(%s) ORDER BY customer_id FOR SHARE"
ALONE = SHARE.replace("FOR SHARE", "FOR UPDATE")
BORDERS = "INSERT INTO usage_border (customer_id) SELECT unnest(%s::bigint[]) ON CONFLICT (customer_id) DO NOTHING"
# Which meters of a batch count resources, and which have a price with a limit; an index holds only those prices.
SPECIAL = """
    SELECT m.id, m.aggregation = 'unique', m.aggregation IN ('sum', 'count') AND EXISTS (
        SELECT FROM catalog_price p WHERE p.meter = m.code AND p.terms ? 'limit')
    FROM metering_meter m WHERE m.id = ANY(%s)
"""
_STORE = """
    WITH fresh AS (
        INSERT INTO usage_event (customer_id, source, event_id, payload_hash, meter_id, subscription_id, quantity, at,
                                 bucket, dims, resource, batch_id)
        SELECT customer_id, source, event_id, payload_hash, meter_id, subscription_id, quantity, at,
               date_bin('1 hour', at, timestamptz '1970-01-01 00:00+00' + make_interval(mins => shift_min)),
               dims, resource, %(batch)s
        FROM usage_stage ORDER BY customer_id, source, event_id, row
        ON CONFLICT (customer_id, source, event_id) DO NOTHING
        RETURNING customer_id, subscription_id, meter_id, dims, bucket, quantity, at{resource}
    ), rolled AS (
        INSERT INTO usage_hour AS h (customer_id, subscription_id, meter_id, dims, hour, events, total, moment, peak,
                                     low, last, last_at, pending)
        SELECT customer_id, subscription_id, meter_id, dims, bucket, count(*), sum(quantity),
               sum(quantity * extract(epoch FROM bucket + interval '1 hour' - at)), max(quantity), min(quantity),
               (array_agg(quantity ORDER BY at DESC, quantity DESC))[1], max(at),
               coalesce(bucket < max(read_until), false)
        FROM fresh JOIN usage_border USING (customer_id) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (customer_id, subscription_id, meter_id, dims, hour) DO UPDATE SET
            events = h.events + excluded.events, total = h.total + excluded.total,
            moment = h.moment + excluded.moment,
            peak = greatest(h.peak, excluded.peak), low = least(h.low, excluded.low),
            -- Of two readings of one instant the larger counts, whichever came first.
            last = CASE WHEN h.last_at IS NULL OR excluded.last_at > h.last_at THEN excluded.last
                        WHEN excluded.last_at = h.last_at THEN greatest(h.last, excluded.last) ELSE h.last END,
            last_at = greatest(h.last_at, excluded.last_at), pending = h.pending OR excluded.pending
        RETURNING 1
    ){things}
    SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM rolled)
"""
# Resources of `unique` meters. After the hours, whose rows every sender takes in one order.
_THINGS = """, things AS (
        INSERT INTO usage_thing AS t (customer_id, subscription_id, meter_id, dims, resource, hour, added, removed,
                                      first, first_at, last, last_at)
        SELECT customer_id, subscription_id, meter_id, dims, resource, bucket,
               count(*) FILTER (WHERE quantity > 0), count(*) FILTER (WHERE quantity < 0),
               (array_agg(sign(quantity) ORDER BY at, quantity DESC))[1], min(at),
               (array_agg(sign(quantity) ORDER BY at DESC, quantity DESC))[1], max(at)
        FROM fresh WHERE meter_id = ANY(%(unique)s) AND (SELECT count(*) FROM rolled) > 0
        GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (customer_id, subscription_id, meter_id, dims, resource, hour) DO UPDATE SET
            added = t.added + excluded.added, removed = t.removed + excluded.removed,
            first = CASE WHEN excluded.first_at < t.first_at THEN excluded.first
                         WHEN excluded.first_at = t.first_at THEN greatest(t.first, excluded.first) ELSE t.first END,
            first_at = least(t.first_at, excluded.first_at),
            last = CASE WHEN excluded.last_at > t.last_at THEN excluded.last
                        WHEN excluded.last_at = t.last_at THEN greatest(t.last, excluded.last) ELSE t.last END,
            last_at = greatest(t.last_at, excluded.last_at)
    )"""
STORE_PLAIN = _STORE.format(resource="", things="")
STORE_THINGS = _STORE.format(resource=", resource", things=_THINGS)
# Rows of the batch whose key another batch had stored before: repeats, or conflicts when the bodies differ.
KNOWN = """
    SELECT s.row, e.payload_hash IS DISTINCT FROM s.payload_hash
    FROM usage_stage s JOIN usage_event e USING (customer_id, source, event_id)
    WHERE e.batch_id <> %(batch)s
"""
