-- What must hold of subscriptions: what was said of their plans.

-- let clock_now: the instant of the installation: its virtual clock's, else the server's
SELECT coalesce((SELECT max(at) FROM base_virtual_clock), now()) AS at

-- let counting: the phase that counts now: the last word of all that have begun; of a subscription that is over, at its end
SELECT DISTINCT ON (s.id) s.id AS subscription_id, p.version_id, p.book_id
FROM subscriptions_subscription s
JOIN subscriptions_phase p ON p.subscription_id = s.id
CROSS JOIN clock_now n
WHERE p.starts_at <= greatest(s.started_at, n.at) AND (s.ended_at IS NULL OR p.starts_at < s.ended_at)
ORDER BY s.id, p.number DESC

-- M19: phases count on from 1 without holes, the first begins with the subscription and none before it
SELECT s.public_id AS subscription, count(p.id) AS phases, min(p.number) AS first, max(p.number) AS last,
    min(p.starts_at) AS starts, s.started_at
FROM subscriptions_subscription s LEFT JOIN subscriptions_phase p ON p.subscription_id = s.id
GROUP BY s.id, s.public_id, s.started_at
HAVING count(p.id) = 0 OR min(p.number) <> 1 OR max(p.number) <> count(p.id) OR min(p.starts_at) <> s.started_at
    OR min(p.starts_at) FILTER (WHERE p.number = 1) <> s.started_at;

-- M19: a phase's plan is of the customer's brand and is sold in the phase's book, which has the subscription's currency
SELECT s.public_id AS subscription, p.number AS phase
FROM subscriptions_phase p
JOIN subscriptions_subscription s ON s.id = p.subscription_id
JOIN customers_customer c ON c.id = s.customer_id
JOIN catalog_plan_version v ON v.id = p.version_id
JOIN catalog_plan n ON n.id = v.plan_id
JOIN catalog_product d ON d.id = n.product_id
JOIN catalog_price_book b ON b.id = p.book_id
JOIN catalog_price_book own ON own.id = s.book_id
WHERE d.brand_id <> c.brand_id OR b.brand_id <> c.brand_id OR b.currency <> own.currency;

-- M19: a subscription shows the version that counts now
SELECT s.public_id AS subscription, s.version_id AS shown, c.version_id AS counts
FROM subscriptions_subscription s
LEFT JOIN counting c ON c.subscription_id = s.id
WHERE (s.due_at IS NULL OR s.due_at > (SELECT at FROM clock_now))
  AND (s.version_id, s.book_id) IS DISTINCT FROM (c.version_id, c.book_id);

-- M19: a change of plan or of the end is charged within a day of when it counts
SELECT s.public_id AS subscription, s.recharge_from, s.due_at FROM subscriptions_subscription s
WHERE s.recharge_from <= (SELECT at FROM clock_now) AND s.closed_until IS NOT NULL
  AND s.due_at < (SELECT at FROM clock_now) - interval '1 day';
