-- Grain: one coupon × dimension.
-- Parameters: site String, since, until Date (local days of the event or order, both in), by String.
-- Definition: issued, claimed, expired = its events; orders = transactions that carry it, redeemed = the persons who bought them.
--   discount_cost = their discounts, margin = net − cost of goods (NULL where a cost is unknown; cost_coverage = share of the orders
--   whose are all known), in the site's currency. first_order_share = orders that were their person's first / orders.
--   repeat_30d = of the redeemers whose 30 days after their first such order have passed by as_of, those who ordered again in
--   them; NULL without any. orders_without_rate are in no money and no coverage. The dimension is the session's. comparison: who had
--   no coupon may differ in all else, so none of this says what it brought.
-- Source: visit_events, site_orders, visits, as_of.
CREATE OR REPLACE VIEW footfall.coupons AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    coupon,
    dimension,
    sum(x.issued) AS issued,
    sum(x.claimed) AS claimed,
    sum(x.redeemed) AS redeemed,
    sum(x.expired) AS expired,
    site_money({site:String}, sum(x.discount)) AS discount_cost,
    sum(x.orders) AS orders,
    site_money({site:String}, if(sum(x.uncosted) > 0, NULL, sum(x.margin))) AS margin,
    (orders - sum(x.unrated) - sum(x.uncosted)) / nullIf(orders - sum(x.unrated), 0) AS cost_coverage,
    sum(x.firsts) / nullIf(orders, 0) AS first_order_share,
    sum(x.repeated) / nullIf(sum(x.passed), 0) AS repeat_30d,
    sum(x.unrated) AS orders_without_rate,
    'not a controlled comparison' AS comparison
FROM
(
    SELECT
        coupon, dimension,
        countIf(event_name = 'coupon_issued') AS issued, countIf(event_name = 'coupon_claimed') AS claimed, countIf(event_name = 'coupon_expired') AS expired,
        0 AS redeemed, toInt64(0) AS discount, 0 AS orders, toInt64(0) AS margin, 0 AS uncosted, 0 AS firsts, 0 AS repeated, 0 AS passed, 0 AS unrated
    FROM footfall.visit_events(
        site = {site:String}, start = start, end = end, names = ['coupon_issued', 'coupon_claimed', 'coupon_expired'], by = dated_by({by:String}, {since:Date}))
    WHERE coupon != ''
    GROUP BY coupon, dimension
    UNION ALL
    SELECT
        coupon, dimension, 0, 0, 0, count(), sum(p.discount), sum(p.orders), sum(p.margin), sum(p.uncosted), sum(p.firsts),
        countIf(p.first_at + INTERVAL 30 DAY <= now AND p.again), countIf(p.first_at + INTERVAL 30 DAY <= now), sum(p.unrated)
    FROM
    (
        SELECT
            toString(o.coupon) AS coupon,
            v.dimension AS dimension,
            o.person_id,
            min(o.at) AS first_at,
            argMin(ifNull(o.next_at <= o.at + INTERVAL 30 DAY, 0), (o.at, o.transaction)) AS again,
            sum(ifNull(o.discount, 0)) AS discount,
            count() AS orders,
            sum(ifNull(o.margin, 0)) AS margin,
            countIf(o.net IS NOT NULL AND o.margin IS NULL) AS uncosted,
            countIf(o.number = 1) AS firsts,
            countIf(o.net IS NULL) AS unrated
        FROM
        (
            SELECT *, leadInFrame(toNullable(at)) OVER (PARTITION BY person_id ORDER BY number ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_at
            FROM footfall.site_orders(site = {site:String})
        ) AS o
        LEFT ANY JOIN
        (
            SELECT session_id, dimension
            FROM footfall.visits(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = dated_by({by:String}, {since:Date}))
            WHERE {by:String} != ''
        ) AS v ON v.session_id = o.session_id
        WHERE o.coupon != '' AND o.at >= start AND o.at < end
        GROUP BY coupon, dimension, o.person_id
    ) AS p
    GROUP BY coupon, dimension
) AS x
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY coupon, dimension
ORDER BY coupon, dimension;
