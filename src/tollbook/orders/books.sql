-- What must hold of orders: each line is agreed and made once, for its customer, and not before it may be.

-- let under_orders: what was made under the key of an order line
SELECT s.id, s.public_id, s.key, s.customer_id FROM provisioning_service s WHERE s.key LIKE 'order:%'

-- M25: no order line has two services, and no service says that it is of a line that has another, or none
SELECT l.public_id AS line, count(u.id) AS services
FROM orders_line l JOIN under_orders u ON u.key = 'order:' || l.public_id
GROUP BY l.id, l.public_id, l.service_id
HAVING count(u.id) > 1 OR max(u.id) IS DISTINCT FROM l.service_id;

-- M25: what a line agreed and made belongs to its order's customer, and its service to its subscription
SELECT l.public_id AS line
FROM orders_line l
JOIN orders_order o ON o.id = l.order_id
LEFT JOIN subscriptions_subscription s ON s.id = l.subscription_id
LEFT JOIN provisioning_service v ON v.id = l.service_id
WHERE s.customer_id <> o.customer_id OR v.customer_id <> o.customer_id OR v.subscription_id <> s.id;

-- M25: lines are agreed when their order is accepted, and made only when it is provisioned
SELECT l.public_id AS line, o.state
FROM orders_line l JOIN orders_order o ON o.id = l.order_id
WHERE CASE o.state
    WHEN 'draft' THEN l.subscription_id IS NOT NULL
    WHEN 'placed' THEN l.subscription_id IS NOT NULL
    WHEN 'accepted' THEN l.subscription_id IS NULL OR l.service_id IS NOT NULL
    WHEN 'cancelled' THEN l.service_id IS NOT NULL
    ELSE l.subscription_id IS NULL
END;

-- M25: nothing goes on under an order that was cancelled
SELECT o.public_id AS order_id, s.public_id AS subscription
FROM orders_order o
JOIN orders_line l ON l.order_id = o.id
JOIN subscriptions_subscription s ON s.id = l.subscription_id
WHERE o.state = 'cancelled' AND s.ended_at IS NULL;

-- M25: an order that is done has nothing that is still to be made
SELECT o.public_id AS order_id, v.state
FROM orders_order o
JOIN orders_line l ON l.order_id = o.id
LEFT JOIN LATERAL (
    SELECT state FROM provisioning_service v WHERE v.id = l.service_id AND v.state = 'pending'
      AND NOT EXISTS (SELECT FROM provisioning_operation p WHERE p.service_id = v.id AND p.progress = 'failed')) v ON true
WHERE o.state = 'done' AND v.state IS NOT NULL;

-- M25: an order's invoice is its customer's, and its lines sum to what it says
SELECT o.public_id AS order_id, o.net, sum(l.net) AS lines
FROM orders_order o
LEFT JOIN orders_line l ON l.order_id = o.id
LEFT JOIN invoicing_invoice i ON i.id = o.invoice_id
GROUP BY o.id, o.public_id, o.net, o.customer_id, i.customer_id
HAVING o.net IS DISTINCT FROM sum(l.net) OR i.customer_id <> o.customer_id;
