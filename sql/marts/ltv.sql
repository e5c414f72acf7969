-- Grain: one cohort × dimension × age, from 0 to the period of as_of.
-- Parameters: site String, since, until Date (local days of the first order, both in), grain String (day, week, month), by String
--   (as everywhere, and first_item, first_category, first_coupon).
-- Definition: cohort = the local period of a person's first order, age = periods since; customers = the cohort's persons;
--   orders, revenue (net) and margin (net − cost of the goods as bought, those that came back too) of the age alone;
--   cumulative… = all up to the age / customers, NULL where not mature. mature: the period cohort + age has ended. Margins are NULL where
--   the costs of an order in them are not all known; cost_coverage = share of the orders up to the age whose are. orders_without_rate
--   are in no money and no coverage. left_censored: of the site's first 30 days. The dimension is that of the first order's session.
-- Source: customer_cohorts, site_orders, site_start, as_of.
CREATE OR REPLACE VIEW footfall.ltv AS
WITH
    site_zone({site:String}) AS zone,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    cohort,
    toDateTime(cohort, zone) AS at,
    dimension,
    age,
    mature,
    x.customers AS customers,
    x.orders AS orders,
    site_money({site:String}, x.net) AS revenue,
    site_money({site:String}, if(x.uncosted > 0, NULL, x.margin)) AS margin,
    site_money({site:String}, if(mature, minor_mean(x.net_so_far, x.customers), NULL)) AS cumulative_revenue_per_customer,
    site_money({site:String}, if(mature AND x.uncosted_so_far = 0, minor_mean(x.margin_so_far, x.customers), NULL)) AS cumulative_margin_per_customer,
    (x.rated_so_far - x.uncosted_so_far) / nullIf(x.rated_so_far, 0) AS cost_coverage,
    x.unrated AS orders_without_rate,
    toUInt8(ifNull(cohort < (SELECT first_day FROM footfall.site_start(site = {site:String})) + 30, 0)) AS left_censored
FROM
(
    SELECT
        cohort,
        dimension,
        age,
        toUInt8(toDateTime(period_add(cohort, {grain:String}, age + 1), zone) <= now) AS mature,
        customers,
        orders_at[age] AS orders,
        toInt64(net_at[age]) AS net,
        toInt64(margin_at[age]) AS margin,
        uncosted_at[age] AS uncosted,
        unrated_at[age] AS unrated,
        sum(orders - unrated) OVER so_far AS rated_so_far,
        sum(net) OVER so_far AS net_so_far,
        sum(margin) OVER so_far AS margin_so_far,
        sum(uncosted) OVER so_far AS uncosted_so_far
    FROM
    (
        SELECT
            cohort,
            dimension,
            uniqExact(person_id) AS customers,
            sumMap(map(order_age, toUInt64(1))) AS orders_at,
            sumMap(map(order_age, ifNull(net, 0))) AS net_at,
            sumMap(map(order_age, ifNull(margin, 0))) AS margin_at,
            sumMap(map(order_age, toUInt64(net IS NOT NULL AND margin IS NULL))) AS uncosted_at,
            sumMap(map(order_age, toUInt64(net IS NULL))) AS unrated_at
        FROM
        (
            SELECT
                c.cohort AS cohort,
                c.dimension AS dimension,
                c.person_id AS person_id,
                toUInt64(period_age(c.cohort, period_start(o.day, {grain:String}), {grain:String})) AS order_age,
                o.net AS net,
                o.margin AS margin
            FROM footfall.customer_cohorts(
                site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = dated_by({by:String}, {since:Date})) AS c
            INNER JOIN (SELECT person_id, day, net, margin FROM footfall.site_orders(site = {site:String})) AS o ON o.person_id = c.person_id
        )
        GROUP BY cohort, dimension
    )
    ARRAY JOIN arrayMap(a -> toUInt64(a), range(toUInt64(greatest(0, period_age(cohort, period_start(toDate(now, zone), {grain:String}), {grain:String})) + 1))) AS age
    WINDOW so_far AS (PARTITION BY cohort, dimension ORDER BY age)
) AS x
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = ''))
        + check_first_by({by:String}) + (SELECT ok FROM footfall.check_dimension(site = {site:String}, by = {by:String}))) = 0
ORDER BY cohort, dimension, age;
