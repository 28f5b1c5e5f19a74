-- What must hold of services: each has an agreement, is what its operations made of it, and nothing is forgotten.

-- let clock_now: the instant of the installation: its virtual clock's, else the server's
SELECT coalesce((SELECT max(at) FROM base_virtual_clock), now()) AS at

-- let stopped: services that there is a reason to stop
SELECT DISTINCT service_id FROM provisioning_stop WHERE lifted_at IS NULL

-- let runs: services that run, or will, and are not to end
SELECT s.id, s.public_id, s.subscription_id, s.state, p.service_id IS NOT NULL AS stops
FROM provisioning_service s LEFT JOIN stopped p ON p.service_id = s.id
WHERE s.state IN ('pending', 'active', 'suspended') AND s.ending_at IS NULL

-- let confirmed: the last operation that made a service what it is
SELECT DISTINCT ON (service_id) service_id, verb FROM provisioning_operation
WHERE progress = 'done' AND verb <> 'change' ORDER BY service_id, ended_at DESC, number DESC

-- let undone: operations that are not over
SELECT * FROM provisioning_operation WHERE progress IN ('waiting', 'sent', 'working', 'unknown')

-- M25: nothing runs, or will, under an agreement that ended an hour ago
SELECT r.public_id AS service, s.public_id AS subscription, s.ended_at
FROM runs r JOIN subscriptions_subscription s ON s.id = r.subscription_id
WHERE s.ended_at < (SELECT at FROM clock_now) - interval '1 hour';

-- M25: a subscription is suspended while all its services are stopped, and only then
SELECT s.public_id AS subscription, s.state, bool_and(r.stops) AS all_stopped
FROM runs r JOIN subscriptions_subscription s ON s.id = r.subscription_id
WHERE s.state IN ('active', 'suspended')
GROUP BY s.public_id, s.state
HAVING bool_and(r.stops) <> (s.state = 'suspended');

-- M25: a service, its subscription and its connection belong to one customer and brand
SELECT s.public_id AS service
FROM provisioning_service s
JOIN subscriptions_subscription u ON u.id = s.subscription_id
JOIN customers_customer c ON c.id = s.customer_id
JOIN provisioning_connection n ON n.id = s.connection_id
WHERE u.customer_id <> s.customer_id OR n.brand_id <> c.brand_id;

-- M25: a service is what the last operation that was done made of it
SELECT s.public_id AS service, s.state, c.verb AS last_done
FROM provisioning_service s LEFT JOIN confirmed c ON c.service_id = s.id
WHERE s.state <> CASE c.verb
    WHEN 'provision' THEN 'active' WHEN 'resume' THEN 'active' WHEN 'suspend' THEN 'suspended'
    WHEN 'terminate' THEN 'terminated'
    ELSE CASE WHEN s.state = 'failed' OR (s.state = 'terminated' AND s.ref = '') THEN s.state ELSE 'pending' END
END;

-- M25: what is to be made or to end is on its way
SELECT s.public_id AS service, s.state, s.ending_at
FROM provisioning_service s
WHERE (s.state = 'pending' OR (s.ending_at IS NOT NULL AND s.state <> 'terminated'))
  AND NOT EXISTS (
    SELECT FROM undone o WHERE o.service_id = s.id
      AND (o.verb = 'provision' OR (o.verb = 'terminate' AND s.ending_at IS NOT NULL)));

-- M25: what is to be stopped, or to go on, is on its way, unless people gave it up
SELECT r.public_id AS service, r.state, r.stops
FROM runs r
WHERE ((r.state = 'active' AND r.stops) OR (r.state = 'suspended' AND NOT r.stops))
  AND NOT EXISTS (
    SELECT FROM provisioning_operation o WHERE o.service_id = r.id AND o.progress NOT IN ('done', 'cancelled')
      AND o.verb = CASE WHEN r.stops THEN 'suspend' ELSE 'resume' END);

-- M25: no operation is a day late
SELECT o.public_id AS operation, o.verb, o.next_at
FROM undone o
WHERE o.next_at < (SELECT at FROM clock_now) - interval '1 day'
  AND NOT EXISTS (
    SELECT FROM undone f WHERE f.service_id = o.service_id AND f.number < o.number
      AND NOT (f.verb = 'change' AND f.queued_at IS NOT NULL));
