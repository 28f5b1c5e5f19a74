-- What must hold of charges. Use is attributed here from the events alone: not from the roll-ups that charging reads.

-- let clock_now: the instant of the installation: its virtual clock's, else the server's
SELECT coalesce((SELECT max(at) FROM base_virtual_clock), now()) AS at

-- let settled: subscriptions of customers none of whose changes of plan or end wait for charging to look at them
SELECT s.*, c.zone FROM subscriptions_subscription s JOIN customers_customer c ON c.id = s.customer_id
WHERE NOT EXISTS (
    SELECT 1 FROM subscriptions_subscription w
    WHERE w.customer_id = s.customer_id AND w.closed_until IS NOT NULL
      AND w.recharge_from <= (SELECT at FROM clock_now))

-- let said: phases with the instant from which a later word replaces them
SELECT p.*, s.ended_at, min(p.starts_at) OVER (PARTITION BY p.subscription_id ORDER BY p.number
    ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS replaced_at
FROM subscriptions_phase p JOIN subscriptions_subscription s ON s.id = p.subscription_id

-- let alive: phases that count at some time, and whether they say something else than the one before
SELECT d.*, (version_id, book_id, fees, use) IS DISTINCT FROM
    (lag(version_id) OVER w, lag(book_id) OVER w, lag(fees) OVER w, lag(use) OVER w) AS turns
FROM said d
WHERE (replaced_at IS NULL OR starts_at < replaced_at) AND (ended_at IS NULL OR starts_at < ended_at)
WINDOW w AS (PARTITION BY subscription_id ORDER BY number)

-- let stages: what is in force when: phases that say the same go on with the first of them
SELECT r.subscription_id, (array_agg(r.id ORDER BY r.number))[1] AS phase_id, r.version_id, r.book_id, r.fees, r.use,
    min(r.starts_at) AS starts_at,
    CASE WHEN NOT bool_or(r.replaced_at IS NULL) AND (r.ended_at IS NULL OR max(r.replaced_at) < r.ended_at)
         THEN max(r.replaced_at) END AS cut_at
FROM (SELECT a.*, sum(turns::int) OVER (PARTITION BY subscription_id ORDER BY number) AS run FROM alive a) r
GROUP BY r.subscription_id, r.run, r.version_id, r.book_id, r.fees, r.use, r.ended_at

-- let lives: when each stage of a subscription lives, in local hours: a started hour belongs to it whole, the hour of a change to the stage that begins
SELECT s.id AS subscription_id, s.public_id, s.customer_id, g.phase_id, g.version_id, g.book_id, g.fees, g.use,
    s.started_at AS began_at, g.starts_at AS started_at, coalesce(g.cut_at, s.ended_at) AS ended_at,
    s.closed_until, CASE WHEN s.closed_until > g.starts_at THEN s.closed_until END AS closed_hours, s.zone,
    g.starts_at - (l.began - date_trunc('hour', l.began)) AS first_hour,
    coalesce(g.cut_at, s.ended_at) + (
        CASE WHEN g.cut_at IS NOT NULL THEN date_trunc('hour', l.ended) - l.ended
             WHEN l.ended = date_trunc('hour', l.ended) THEN interval '0'
             ELSE interval '1 hour' - (l.ended - date_trunc('hour', l.ended)) END) AS end_hour
FROM settled s
JOIN stages g ON g.subscription_id = s.id
CROSS JOIN LATERAL (
    SELECT g.starts_at AT TIME ZONE s.zone AS began, coalesce(g.cut_at, s.ended_at) AT TIME ZONE s.zone AS ended) l

-- let counting: the events that count: all but those that were cancelled or changed
SELECT e.* FROM usage_event e
WHERE NOT EXISTS (SELECT FROM usage_correction c
                  WHERE c.customer_id = e.customer_id AND c.source = e.source AND c.event_id = e.event_id)

-- let events_by_hour: the events, aggregated again by hour
SELECT customer_id, subscription_id AS named_id, meter_id, dims, bucket AS hour, count(*) AS events,
    sum(quantity) AS total, sum(quantity * extract(epoch FROM bucket + interval '1 hour' - at)) AS moment,
    max(quantity) AS peak, min(quantity) AS low, (array_agg(quantity ORDER BY at DESC, quantity DESC))[1] AS last,
    max(at) AS last_at, max(batch_id) AS batch_id
FROM counting GROUP BY customer_id, subscription_id, meter_id, dims, bucket

-- let corrected: hours whose events were cancelled or changed within the last hour, and that charging has yet to look at
SELECT DISTINCT e.customer_id, e.subscription_id AS named_id, m.code AS meter, e.bucket AS hour
FROM usage_correction k
JOIN usage_event e ON e.customer_id = k.customer_id AND e.source = k.source AND e.event_id = k.event_id
JOIN metering_meter m ON m.id = e.meter_id
JOIN usage_hour h ON h.customer_id = e.customer_id AND h.subscription_id = e.subscription_id
    AND h.meter_id = e.meter_id AND h.dims = e.dims AND h.hour = e.bucket AND h.pending
WHERE k.at >= (SELECT at FROM clock_now) - interval '1 hour'

-- let priced_meters: which meters a plan version prices in a book
SELECT DISTINCT p.version_id, p.book_id, m.id AS meter_id
FROM catalog_price p JOIN metering_meter m ON m.code = p.meter WHERE p.kind = 'metered'

-- let owned: each hour of use with its owner: the subscription it names, or the oldest that lives and prices the meter
SELECT DISTINCT ON (e.customer_id, e.named_id, e.meter_id, e.dims, e.hour)
    e.*, l.subscription_id, l.phase_id, l.version_id, l.book_id, l.closed_hours
FROM events_by_hour e
JOIN lives l ON l.customer_id = e.customer_id AND e.named_id IN (0, l.subscription_id) AND l.use
    AND e.hour >= l.first_hour AND (l.end_hour IS NULL OR e.hour < l.end_hour)
JOIN priced_meters m ON m.version_id = l.version_id AND m.book_id = l.book_id AND m.meter_id = e.meter_id
ORDER BY e.customer_id, e.named_id, e.meter_id, e.dims, e.hour, l.began_at, l.subscription_id

-- let chosen: the price of each meter and dimensions: of those that fit, the one that names the most dimensions
SELECT DISTINCT ON (k.version_id, k.book_id, k.meter_id, k.dims)
    k.version_id, k.book_id, k.meter_id, k.dims, p.id AS price_id
FROM (
    SELECT DISTINCT l.version_id, l.book_id, e.meter_id, e.dims
    FROM (SELECT DISTINCT customer_id, meter_id, dims FROM events_by_hour) e
    JOIN lives l ON l.customer_id = e.customer_id
    JOIN priced_meters m ON m.version_id = l.version_id AND m.book_id = l.book_id AND m.meter_id = e.meter_id
) k
JOIN metering_meter m ON m.id = k.meter_id
JOIN catalog_price p ON p.version_id = k.version_id AND p.book_id = k.book_id AND p.meter = m.code
    AND p.match <@ (CASE WHEN k.dims = '' THEN '{}' ELSE k.dims END)::jsonb
ORDER BY k.version_id, k.book_id, k.meter_id, k.dims,
    (SELECT count(*) FROM jsonb_object_keys(p.match)) DESC, p.code

-- let charged: what is charged of each metered price and period, over all revisions, and the local hours of the period in which its plan counts
SELECT c.subscription_id, c.phase_id, c.price_id, c.period_start, sum(c.quantity) AS quantity,
    sum(c.events) AS events, min(b.began) AS first_hour,
    greatest(min(b.began), least(max(b.ended), max(v.end_hour))) AS end_hour
FROM charging_charge c
JOIN catalog_price p ON p.id = c.price_id AND p.kind = 'metered'
JOIN settled l ON l.id = c.subscription_id
LEFT JOIN lives v ON v.phase_id = c.phase_id
CROSS JOIN LATERAL (SELECT c.period_start AT TIME ZONE l.zone AS starts, c.period_end AT TIME ZONE l.zone AS ends) z
CROSS JOIN LATERAL (
    SELECT c.period_start - (z.starts - date_trunc('hour', z.starts)) AS began,
        c.period_end + (CASE WHEN z.ends = date_trunc('hour', z.ends) THEN interval '0'
                        ELSE interval '1 hour' - (z.ends - date_trunc('hour', z.ends)) END) AS ended
) b
GROUP BY c.subscription_id, c.phase_id, c.price_id, c.period_start

-- let used: each hour of use with its price, the charged period it lies in, and whether charging has yet to look at it
SELECT o.*, n.price_id, c.period_start, coalesce(h.pending, false) AS pending
FROM owned o
LEFT JOIN chosen n USING (version_id, book_id, meter_id, dims)
LEFT JOIN charged c ON c.phase_id = o.phase_id AND c.price_id = n.price_id
    AND o.hour >= c.first_hour AND o.hour < c.end_hour
LEFT JOIN usage_hour h ON h.customer_id = o.customer_id AND h.subscription_id = o.named_id
    AND h.meter_id = o.meter_id AND h.dims = o.dims AND h.hour = o.hour

-- let states: the meters whose events change what is there: a level, or a set of resources
SELECT id AS meter_id, code, aggregation, carries FROM metering_meter WHERE aggregation IN ('unique', 'weighted_sum')

-- let lived: the hours of each stage of a subscription whose use at large of a state is its own: none older lives and prices it
SELECT l.subscription_id, l.phase_id, l.customer_id, l.version_id, l.book_id, s.meter_id, s.aggregation, s.carries,
    tstzmultirange(tstzrange(l.first_hour, l.end_hour)) - coalesce((
        SELECT range_agg(tstzrange(o.first_hour, o.end_hour))
        FROM lives o JOIN priced_meters q ON q.version_id = o.version_id AND q.book_id = o.book_id
        WHERE o.customer_id = l.customer_id AND q.meter_id = s.meter_id AND o.use
          AND (o.began_at, o.subscription_id) < (l.began_at, l.subscription_id)), '{}') AS at_large
FROM lives l
JOIN priced_meters p ON p.version_id = l.version_id AND p.book_id = l.book_id
JOIN states s ON s.meter_id = p.meter_id
WHERE l.use

-- let wholes: how long the whole billing period is of which a charged period is a part: a level is averaged over it
SELECT c.phase_id, c.price_id, c.period_start, extract(epoch FROM
        ((n.anchor + make_interval(months => (n.k + 1) * s.months))::date)::timestamp AT TIME ZONE u.zone
        - ((n.anchor + make_interval(months => n.k * s.months))::date)::timestamp AT TIME ZONE u.zone) AS seconds
FROM charged c
JOIN subscriptions_subscription s ON s.id = c.subscription_id
JOIN customers_customer u ON u.id = s.customer_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.alignment = 'calendar' THEN date '1970-01-01' ELSE s.anchor END AS anchor,
        (c.period_start AT TIME ZONE u.zone)::date AS day) d
CROSS JOIN LATERAL (
    SELECT div((extract(year FROM d.day) - extract(year FROM d.anchor)) * 12
               + extract(month FROM d.day) - extract(month FROM d.anchor), s.months)::int AS k) m
CROSS JOIN LATERAL (
    SELECT d.anchor, m.k - (d.anchor + make_interval(months => m.k * s.months) > d.day)::int AS k) n

-- let state_spans: the spans of each charged period of a state: use that names the subscription (all), use at large (own)
SELECT c.phase_id, c.price_id, c.period_start, v.customer_id, v.version_id, v.book_id, v.meter_id, v.aggregation,
    v.carries, n.named_id, lower(n.span) AS starts, upper(n.span) AS ends, w.seconds
FROM charged c
JOIN wholes w ON w.phase_id = c.phase_id AND w.price_id = c.price_id AND w.period_start = c.period_start
JOIN catalog_price p ON p.id = c.price_id
JOIN states s ON s.code = p.meter
JOIN lived v ON v.phase_id = c.phase_id AND v.meter_id = s.meter_id
CROSS JOIN LATERAL (
    SELECT v.subscription_id AS named_id, tstzrange(c.first_hour, c.end_hour) AS span
    UNION ALL SELECT 0, unnest(v.at_large * tstzmultirange(tstzrange(c.first_hour, c.end_hour)))
) n

-- let levels: the mean level of each charged period over time: exact, rounded once, half up to 5 places
SELECT phase_id, price_id, period_start, meter_id, events, pending,
    sign(area) * div(2 * abs(area) * 100000 + seconds, 2 * seconds) / 100000 AS quantity
FROM (
    SELECT s.phase_id, s.price_id, s.period_start, s.meter_id, e.dims, s.seconds,
        coalesce(sum(e.events) FILTER (WHERE e.hour >= s.starts), 0) AS events, bool_or(h.pending) AS pending,
        sum(CASE WHEN e.hour >= s.starts
                 THEN e.moment + e.total * extract(epoch FROM s.ends - e.hour - interval '1 hour')
                 ELSE e.total * extract(epoch FROM s.ends - s.starts) END) AS area
    FROM state_spans s
    JOIN events_by_hour e ON e.customer_id = s.customer_id AND e.named_id = s.named_id AND e.meter_id = s.meter_id
        AND e.hour < s.ends AND (s.carries OR e.hour >= s.starts)
    JOIN chosen n ON n.version_id = s.version_id AND n.book_id = s.book_id AND n.meter_id = e.meter_id
        AND n.dims = e.dims AND n.price_id = s.price_id
    LEFT JOIN usage_hour h ON h.customer_id = e.customer_id AND h.subscription_id = e.named_id
        AND h.meter_id = e.meter_id AND h.dims = e.dims AND h.hour = e.hour
    WHERE s.aggregation = 'weighted_sum'
    GROUP BY s.phase_id, s.price_id, s.period_start, s.meter_id, e.dims, s.seconds
) a

-- let presences: how many different resources were there in each charged period
SELECT phase_id, price_id, period_start, meter_id, sum(events) AS events, bool_or(pending) AS pending,
    count(DISTINCT resource) FILTER (WHERE present) AS quantity
FROM (
    SELECT s.phase_id, s.price_id, s.period_start, s.meter_id, e.dims, e.resource,
        count(*) FILTER (WHERE e.bucket >= s.starts) AS events, bool_or(h.pending) AS pending,
        coalesce(bool_or(e.quantity > 0) FILTER (WHERE e.bucket >= s.starts), false)
        OR (coalesce((array_agg(e.quantity ORDER BY e.at DESC, e.quantity DESC)
                      FILTER (WHERE e.bucket < s.starts))[1], 0) > 0
            AND coalesce(max(e.quantity) FILTER (WHERE e.at = s.starts), 0) >= 0) AS present
    FROM state_spans s
    JOIN counting e ON e.customer_id = s.customer_id AND e.subscription_id = s.named_id AND e.meter_id = s.meter_id
        AND e.bucket < s.ends AND (s.carries OR e.bucket >= s.starts)
    JOIN chosen n ON n.version_id = s.version_id AND n.book_id = s.book_id AND n.meter_id = e.meter_id
        AND n.dims = e.dims AND n.price_id = s.price_id
    LEFT JOIN usage_hour h ON h.customer_id = e.customer_id AND h.subscription_id = e.subscription_id
        AND h.meter_id = e.meter_id AND h.dims = e.dims AND h.hour = e.bucket
    WHERE s.aggregation = 'unique'
    GROUP BY s.phase_id, s.price_id, s.period_start, s.meter_id, s.named_id, s.starts, e.dims, e.resource
) r
GROUP BY phase_id, price_id, period_start, meter_id, dims

-- M12: accepted use of a closed period is charged or waits to be: none is lost between the two
SELECT u.customer_id AS customer, u.subscription_id AS subscription, u.meter_id AS meter, u.dims, u.hour, u.events
FROM used u WHERE u.period_start IS NULL AND NOT u.pending AND u.hour < u.closed_hours;

-- M12: no use of a closed period has waited for more than an hour, and a price fits all of it
WITH unowned AS (
    SELECT e.* FROM events_by_hour e
    LEFT JOIN owned o ON o.customer_id = e.customer_id AND o.named_id = e.named_id AND o.meter_id = e.meter_id
        AND o.dims = e.dims AND o.hour = e.hour
    WHERE o.hour IS NULL
)
SELECT CASE WHEN u.price_id IS NULL THEN 'unpriced use' ELSE 'not charged' END AS kind,
    u.customer_id AS customer, u.subscription_id AS subscription, u.meter_id AS meter, u.dims, u.hour, u.events
FROM used u LEFT JOIN usage_batch b ON b.id = u.batch_id
WHERE u.pending AND u.hour < u.closed_hours
  AND (u.price_id IS NULL OR b.received_at IS NULL
       OR b.received_at < (SELECT at FROM clock_now) - interval '1 hour')
UNION ALL
SELECT DISTINCT ON (e.customer_id, e.named_id, e.meter_id, e.dims, e.hour)
    'unpriced use', e.customer_id, l.subscription_id, e.meter_id, e.dims, e.hour, e.events
FROM unowned e
JOIN lives l ON l.customer_id = e.customer_id AND e.named_id IN (0, l.subscription_id) AND l.use
    AND e.hour >= l.first_hour AND e.hour < l.closed_hours AND (l.end_hour IS NULL OR e.hour < l.end_hour);

-- M13: what is charged is what the events say, aggregated again: quantity and number of events of each price and period
WITH readings AS (
    SELECT u.phase_id, u.price_id, u.period_start, u.meter_id, sum(u.events) AS events,
        bool_or(u.pending) AS pending,
        CASE m.aggregation
            WHEN 'sum' THEN sum(u.total) WHEN 'count' THEN sum(u.events) WHEN 'max' THEN max(u.peak)
            WHEN 'min' THEN min(u.low)
            WHEN 'avg' THEN sign(sum(u.total)) * div(2 * abs(sum(u.total)) * 1000000 + sum(u.events), 2 * sum(u.events))
                / 1000000
            ELSE (array_agg(u.last ORDER BY u.last_at DESC, u.last DESC))[1]
        END AS quantity
    FROM used u JOIN metering_meter m ON m.id = u.meter_id AND m.aggregation NOT IN ('unique', 'weighted_sum')
    WHERE u.period_start IS NOT NULL
    GROUP BY u.phase_id, u.price_id, u.period_start, u.meter_id, u.dims, m.aggregation
    UNION ALL SELECT phase_id, price_id, period_start, meter_id, events, pending, quantity FROM levels
    UNION ALL SELECT phase_id, price_id, period_start, meter_id, events, pending, quantity FROM presences
), again AS (
    SELECT phase_id, price_id, period_start, sum(events) AS events, bool_or(pending) AS pending,
        sum(CASE WHEN m.round_to IS NULL THEN quantity ELSE CASE m.round_mode
            WHEN 'half_up' THEN round(quantity, m.round_to)
            WHEN 'down' THEN trunc(quantity, m.round_to)
            WHEN 'up' THEN sign(quantity) * ceil(abs(quantity) * 10::numeric ^ m.round_to) / 10::numeric ^ m.round_to
            WHEN 'ceil' THEN ceil(quantity * 10::numeric ^ m.round_to) / 10::numeric ^ m.round_to
            WHEN 'floor' THEN floor(quantity * 10::numeric ^ m.round_to) / 10::numeric ^ m.round_to
        END END) AS quantity
    FROM readings JOIN metering_meter m ON m.id = meter_id GROUP BY 1, 2, 3
)
SELECT l.public_id AS subscription, p.code AS price, c.period_start, c.quantity AS charged,
    coalesce(a.quantity, 0) AS used, c.events AS events_charged, coalesce(a.events, 0) AS events_used
FROM charged c
JOIN settled l ON l.id = c.subscription_id
JOIN catalog_price p ON p.id = c.price_id
LEFT JOIN again a ON a.phase_id = c.phase_id AND a.price_id = c.price_id
    AND a.period_start = c.period_start
WHERE NOT coalesce(a.pending, false)
  AND (c.quantity <> coalesce(a.quantity, 0) OR c.events <> coalesce(a.events, 0))
  AND NOT EXISTS (SELECT FROM corrected k
                  WHERE k.customer_id = l.customer_id AND k.named_id IN (0, c.subscription_id) AND k.meter = p.meter
                    AND k.hour >= c.first_hour AND k.hour < c.end_hour);

-- M13: what is carried into a closed period is charged in it: no hole in the charged periods begins with something
SELECT l.public_id AS subscription, p.code AS price, s.code AS meter, h.starts, h.ends
FROM lived v
JOIN lives l ON l.phase_id = v.phase_id
JOIN states s ON s.meter_id = v.meter_id AND s.carries
JOIN catalog_price p ON p.version_id = v.version_id AND p.book_id = v.book_id AND p.kind = 'metered' AND p.meter = s.code
CROSS JOIN LATERAL (SELECT tstzmultirange(tstzrange(l.first_hour, least(l.closed_hours, l.end_hour))) - coalesce((
    SELECT range_agg(tstzrange(c.first_hour, c.end_hour)) FROM charged c
    WHERE c.phase_id = v.phase_id AND c.price_id = p.id), '{}') AS holes) f
CROSS JOIN LATERAL (
    SELECT v.subscription_id AS named_id, lower(span) AS starts, upper(span) AS ends FROM unnest(f.holes) span
    UNION ALL SELECT 0, lower(span), upper(span) FROM unnest(f.holes * v.at_large) span
) h
WHERE l.closed_hours IS NOT NULL AND EXISTS (
    SELECT FROM events_by_hour e
    JOIN chosen n ON n.version_id = v.version_id AND n.book_id = v.book_id AND n.meter_id = e.meter_id
        AND n.dims = e.dims AND n.price_id = p.id
    LEFT JOIN usage_hour r ON r.customer_id = e.customer_id AND r.subscription_id = e.named_id
        AND r.meter_id = e.meter_id AND r.dims = e.dims AND r.hour = e.hour
    WHERE e.customer_id = v.customer_id AND e.named_id = h.named_id AND e.meter_id = v.meter_id AND e.hour < h.starts
    GROUP BY e.dims
    HAVING NOT bool_or(coalesce(r.pending, false)) AND sum(e.total) <> 0 AND v.aggregation = 'weighted_sum'
    UNION ALL
    SELECT FROM (
        SELECT e.resource, (array_agg(e.quantity ORDER BY e.at DESC, e.quantity DESC)
                            FILTER (WHERE e.bucket < h.starts))[1] AS last,
            max(e.quantity) FILTER (WHERE e.at = h.starts) AS first, bool_or(coalesce(r.pending, false)) AS pending
        FROM counting e
        JOIN chosen n ON n.version_id = v.version_id AND n.book_id = v.book_id AND n.meter_id = e.meter_id
            AND n.dims = e.dims AND n.price_id = p.id
        LEFT JOIN usage_hour r ON r.customer_id = e.customer_id AND r.subscription_id = e.subscription_id
            AND r.meter_id = e.meter_id AND r.dims = e.dims AND r.hour = e.bucket
        WHERE e.customer_id = v.customer_id AND e.subscription_id = h.named_id AND e.meter_id = v.meter_id
          AND e.bucket < h.ends AND v.aggregation = 'unique'
        GROUP BY e.dims, e.resource
    ) t WHERE t.last > 0 AND coalesce(t.first, 0) >= 0 AND NOT t.pending
);

-- M13: the rating steps of a charge add up to what its price and period owe, all revisions up to it together
SELECT r.public_id AS charge, r.revision, r.owed, r.steps FROM (
    SELECT c.public_id, c.revision,
        sum(c.amount) OVER (PARTITION BY c.phase_id, c.price_id, c.period_start ORDER BY c.revision) AS owed,
        (CASE WHEN c.rated ->> 'credited' = 'true' THEN -1 ELSE 1 END) * s.steps AS steps
    FROM charging_charge c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum((step ->> 'amount')::numeric), 0) AS steps
        FROM jsonb_array_elements(c.rated -> 'lines') step
    ) s
) r WHERE r.owed <> round(r.steps, 20);

-- M15: revisions of a charge count on from 1, and each names the one before as what it corrects
SELECT r.public_id AS charge, r.revision, r.corrects_id AS corrects, r.before AS revision_before FROM (
    SELECT c.public_id, c.revision, c.corrects_id, lag(c.id) OVER w AS before_id, lag(c.revision) OVER w AS before
    FROM charging_charge c
    WINDOW w AS (PARTITION BY c.phase_id, c.price_id, c.period_start ORDER BY c.revision, c.id)
) r
WHERE r.revision <> coalesce(r.before, 0) + 1 OR r.corrects_id IS DISTINCT FROM r.before_id;

-- M16: what prepaid charges drew is what the wallet's movement took
WITH drawn AS (
    SELECT wallet_id, movement_key, sum(amount) AS amount FROM charging_draw GROUP BY wallet_id, movement_key
)
SELECT w.public_id AS wallet, d.movement_key, d.amount AS drawn, -m.amount AS taken
FROM drawn d
JOIN wallets_wallet w ON w.id = d.wallet_id
LEFT JOIN wallets_movement m ON m.wallet_id = d.wallet_id AND m.kind = 'draw' AND m.key = d.movement_key
WHERE d.amount IS DISTINCT FROM -m.amount;

-- M19: periods of one price of a phase do not overlap; the phase is the subscription's, the price is the phase's
SELECT r.public_id AS charge, r.subscription_id AS subscription, r.phase_id AS phase, r.price_id AS price,
    r.period_start, r.before_end
FROM (
    SELECT c.*, max(c.period_end) OVER (PARTITION BY c.phase_id, c.price_id ORDER BY c.period_start, c.id
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_end
    FROM charging_charge c WHERE c.revision = 1
) r
LEFT JOIN subscriptions_phase p ON p.id = r.phase_id AND p.subscription_id = r.subscription_id
LEFT JOIN catalog_price i ON i.id = r.price_id AND i.version_id = p.version_id AND i.book_id = p.book_id
WHERE r.period_start < r.before_end OR i.id IS NULL;

-- let standing: the latest word on the period of each charge, without those that were given back whole
SELECT * FROM (
    SELECT DISTINCT ON (c.phase_id, c.price_id, c.period_start)
        c.subscription_id, c.phase_id, c.price_id, c.period_start, c.period_end, c.rated
    FROM charging_charge c ORDER BY c.phase_id, c.price_id, c.period_start, c.revision DESC
) c WHERE NOT coalesce((c.rated ->> 'void')::boolean, false)

-- M19: recurring fees cover the life of a plan in a subscription up to the last close, without holes
WITH spans AS (
    SELECT c.phase_id, c.price_id, min(c.period_start) AS starts, max(c.period_end) AS ends,
        bool_or(c.period_start <> c.before_end) AS broken
    FROM (
        SELECT phase_id, price_id, period_start, period_end,
            lag(period_end) OVER (PARTITION BY phase_id, price_id ORDER BY period_start) AS before_end
        FROM standing
    ) c GROUP BY c.phase_id, c.price_id
)
SELECT l.public_id AS subscription, p.code AS price, l.started_at, l.closed_until, s.starts, s.ends,
    CASE WHEN s.broken THEN 'a hole between two periods'
         WHEN s.starts IS DISTINCT FROM l.started_at THEN 'the first period does not begin with the plan'
         ELSE 'the last period does not reach the close' END AS fault
FROM lives l
JOIN catalog_price p ON p.version_id = l.version_id AND p.book_id = l.book_id AND p.kind = 'recurring'
LEFT JOIN spans s ON s.phase_id = l.phase_id AND s.price_id = p.id
WHERE l.closed_until >= l.started_at AND l.fees
  -- A fee in arrears is first due when its period has ended; one in advance is due as soon as its period begins.
  AND (s.starts IS NOT NULL OR p.in_advance OR l.closed_until > l.started_at)
  AND (s.starts IS DISTINCT FROM l.started_at OR s.broken OR s.ends < least(l.closed_until, l.ended_at)
       OR (p.in_advance AND s.ends <= l.closed_until AND (l.ended_at IS NULL OR l.ended_at > l.closed_until)));

-- M19: what was charged of a time in which its plan did not count is given back whole
SELECT s.public_id AS subscription, c.phase_id AS phase, c.price_id AS price, c.period_start,
    sum(c.amount) AS amount, sum(c.quantity) AS quantity
FROM charging_charge c
JOIN settled s ON s.id = c.subscription_id
LEFT JOIN lives l ON l.phase_id = c.phase_id AND c.period_start >= l.started_at
    AND (l.ended_at IS NULL OR c.period_start < l.ended_at)
WHERE l.phase_id IS NULL
GROUP BY s.public_id, c.phase_id, c.price_id, c.period_start
HAVING sum(c.amount) <> 0 OR sum(c.quantity) <> 0 OR sum(c.events) <> 0;

-- M19: a one-time price is charged once in the life of a subscription, when the first plan that has it begins to be billed
WITH one_time AS (
    SELECT p.id, p.version_id, p.book_id, p.code, n.product_id
    FROM catalog_price p
    JOIN catalog_plan_version v ON v.id = p.version_id JOIN catalog_plan n ON n.id = v.plan_id
    WHERE p.kind = 'one_time'
), due AS (
    SELECT DISTINCT ON (l.subscription_id, o.product_id, o.code) l.subscription_id, l.public_id, o.product_id, o.code,
        l.started_at, l.closed_until
    FROM lives l JOIN one_time o ON o.version_id = l.version_id AND o.book_id = l.book_id
    WHERE l.fees OR l.use
    ORDER BY l.subscription_id, o.product_id, o.code, l.started_at
), paid AS (
    SELECT c.subscription_id, o.product_id, o.code, count(*) AS charges, min(c.period_start) AS paid_for
    FROM standing c JOIN one_time o ON o.id = c.price_id GROUP BY 1, 2, 3
)
SELECT d.public_id AS subscription, d.code AS price, coalesce(p.charges, 0) AS charges
FROM due d LEFT JOIN paid p USING (subscription_id, product_id, code)
WHERE d.closed_until >= d.started_at AND (p.charges, p.paid_for) IS DISTINCT FROM (1, d.started_at);

-- let rated_steps: the steps of charges that take something off, with the sum of the steps before each
SELECT r.* FROM (
    SELECT c.id AS charge_id, c.public_id, s.n AS n, s.step, s.step ->> 'kind' AS kind,
        (s.step ->> 'amount')::numeric AS amount,
        coalesce(sum((s.step ->> 'amount')::numeric) OVER (
            PARTITION BY c.id ORDER BY s.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM charging_charge c
    CROSS JOIN LATERAL jsonb_array_elements(c.rated -> 'lines') WITH ORDINALITY AS s (step, n)
    WHERE c.rated -> 'lines' @> '[{"kind": "discount"}]' OR c.rated -> 'lines' @> '[{"kind": "promotion"}]'
) r WHERE r.kind IN ('discount', 'promotion')

-- M22: a discount or promotion takes nothing or something off, and at most what it is taken off
SELECT public_id AS charge, n AS step, amount AS discount, before
FROM rated_steps WHERE amount > 0 OR -amount > before;

-- M22: what a promotion takes off was redeemed for that subscription and period, and a percentage is what it says
SELECT r.public_id AS charge, r.step ->> 'code' AS code, r.amount, p.code AS redeemed, p.value
FROM rated_steps r
JOIN charging_charge c ON c.id = r.charge_id
LEFT JOIN promotions_redemption d ON d.public_id = r.step ->> 'redemption' AND d.subscription_id = c.subscription_id
    AND c.period_start >= d.counts_from AND (d.counts_until IS NULL OR c.period_start < d.counts_until)
LEFT JOIN promotions_promotion p ON p.id = d.promotion_id AND p.code = r.step ->> 'code' AND p.kind = r.step ->> 'how'
    AND p.value = (r.step ->> 'value')::numeric
WHERE r.kind = 'promotion' AND (
    p.id IS NULL
    OR p.kind = 'percent' AND -r.amount <> least(trunc(r.before, 20), round((r.step ->> 'of')::numeric * p.value / 100, 20))
    OR p.kind = 'setup' AND -r.amount <> trunc(r.before, 20));
