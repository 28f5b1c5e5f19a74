-- M30: the facts told of a thing are numbered from 1 without holes
SELECT object_id, min(sequence) AS first, max(sequence) AS last, count(*) AS facts
FROM notifications_fact
GROUP BY object_id
HAVING min(sequence) <> 1 OR max(sequence) <> count(*);

-- M30: the counter of a thing is the number of its facts
SELECT coalesce(t.object_id, f.object_id) AS object_id, t.last, f.facts
FROM notifications_told t
FULL JOIN (SELECT object_id, count(*) AS facts FROM notifications_fact GROUP BY object_id) f
  ON f.object_id = t.object_id
WHERE t.last IS DISTINCT FROM f.facts;

-- M28: all facts of a thing are of one customer
SELECT object_id, count(DISTINCT customer_id) AS customers
FROM notifications_fact
GROUP BY object_id
HAVING count(DISTINCT customer_id) > 1;
