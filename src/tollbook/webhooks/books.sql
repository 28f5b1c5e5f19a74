-- M29: a delivery of a customer's webhook carries that customer's facts, one of a brand's those of its customers
SELECT d.public_id, e.public_id AS webhook, f.customer_id
FROM webhooks_delivery d
JOIN webhooks_endpoint e ON e.id = d.endpoint_id
JOIN notifications_fact f ON f.id = d.fact_id
JOIN customers_customer c ON c.id = f.customer_id
WHERE c.brand_id <> e.brand_id OR e.customer_id IS NOT NULL AND e.customer_id <> f.customer_id;

-- M30: nothing of a thing is sent to a webhook before what stands before it has ended
SELECT later.public_id, earlier.public_id AS before
FROM webhooks_delivery later
JOIN webhooks_delivery earlier
  ON earlier.endpoint_id = later.endpoint_id AND earlier.object_id = later.object_id AND earlier.id < later.id
WHERE later.attempts > 0 AND earlier.state IN ('waiting', 'sending');

-- M30: deliveries of a thing stand in the order of its facts
SELECT later.public_id, earlier.public_id AS before
FROM webhooks_delivery later
JOIN webhooks_delivery earlier
  ON earlier.endpoint_id = later.endpoint_id AND earlier.object_id = later.object_id AND earlier.id < later.id
JOIN notifications_fact lf ON lf.id = later.fact_id
JOIN notifications_fact ef ON ef.id = earlier.fact_id
WHERE later.replay = 0 AND earlier.replay = 0 AND lf.sequence <= ef.sequence;

-- M30: an attempt was noted for each time that a delivery was tried and ended
SELECT d.public_id, d.attempts, count(a.id) AS noted
FROM webhooks_delivery d
LEFT JOIN webhooks_attempt a ON a.delivery_id = d.id
WHERE d.state = 'delivered'
GROUP BY d.id
HAVING count(a.id) = 0 OR count(a.id) > d.attempts;
