-- What must hold of promotions: each is redeemed as often as it says, by whom it is for.

-- M22: redemptions are numbered without a gap, and no limit is passed
WITH counted AS (
    SELECT d.promotion_id, d.customer_id, d.number, d.number_of_customer,
        row_number() OVER (PARTITION BY d.promotion_id ORDER BY d.number) AS place,
        row_number() OVER (PARTITION BY d.promotion_id, d.customer_id ORDER BY d.number) AS place_of_customer
    FROM promotions_redemption d
)
SELECT p.code, c.customer_id AS customer, c.number, c.number_of_customer
FROM counted c JOIN promotions_promotion p ON p.id = c.promotion_id
WHERE c.number <> c.place OR c.number_of_customer <> c.place_of_customer
   OR c.number > p.limit_total OR c.number_of_customer > p.limit_customer;

-- M22: a redemption is of a subscription of its customer, or of whole invoices where its promotion is; the customer belongs to the brand of the promotion, while it was given
SELECT d.public_id AS redemption, p.code
FROM promotions_redemption d
JOIN promotions_promotion p ON p.id = d.promotion_id
LEFT JOIN subscriptions_subscription s ON s.id = d.subscription_id
JOIN customers_customer c ON c.id = d.customer_id
WHERE s.customer_id <> d.customer_id OR (p.scope = 'invoice') <> (d.subscription_id IS NULL) OR c.brand_id <> p.brand_id
   OR d.redeemed_at < p.valid_from OR d.redeemed_at >= p.valid_to OR d.redeemed_at > p.withdrawn_at
   OR d.counts_from < s.started_at;

-- M22: a promotion that goes with no other counts for no period together with one
SELECT a.public_id AS redemption, b.public_id AS other
FROM promotions_redemption a
JOIN promotions_promotion p ON p.id = a.promotion_id AND p.stacks = 'alone'
JOIN promotions_redemption b ON b.subscription_id = a.subscription_id AND b.id <> a.id
    AND tstzrange(a.counts_from, a.counts_until) && tstzrange(b.counts_from, b.counts_until);

-- M22: a redemption off whole invoices counts for as many as it says, numbered without a gap
SELECT d.public_id AS redemption, p.cycles, count(*) AS uses, max(u.number) AS last
FROM promotions_use u JOIN promotions_redemption d ON d.id = u.redemption_id
JOIN promotions_promotion p ON p.id = d.promotion_id
GROUP BY d.id, d.public_id, p.cycles
HAVING max(u.number) <> count(*) OR count(*) > p.cycles;

-- M22: what is off whole invoices is for every product and plan
SELECT p.code FROM promotions_promotion p JOIN promotions_target t ON t.promotion_id = p.id WHERE p.scope = 'invoice';
