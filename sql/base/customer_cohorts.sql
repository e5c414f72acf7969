-- Grain: one person whose first order lies between since and until.
-- Parameters: site String, since, until Date (local days, both in), grain, by String.
-- Definition: cohort = the local period of the first order; dimension: of the first order's session, or first_item,
--   first_category, first_coupon of the first order itself.
-- Source: first_orders, visits.
CREATE OR REPLACE VIEW footfall.customer_cohorts AS
WITH site_zone({site:String}) AS zone
SELECT
    f.person_id AS person_id,
    f.first_order_at AS first_order_at,
    f.first_order_day AS first_order_day,
    period_start(f.first_order_day, {grain:String}) AS cohort,
    if({by:String} = 'first_item', toString(f.first_item),
    if({by:String} = 'first_category', toString(f.first_category),
    if({by:String} = 'first_coupon', toString(f.first_coupon), v.dimension))) AS dimension
FROM
(
    SELECT * FROM footfall.first_orders(site = {site:String})
    WHERE first_order_day BETWEEN {since:Date} AND {until:Date}
) AS f
LEFT ANY JOIN
(
    SELECT session_id, dimension
    FROM footfall.visits(
        site = {site:String}, start = day_start({since:Date}, zone) - INTERVAL 48 HOUR, end = day_start({until:Date} + 1, zone), by = {by:String})
    WHERE {by:String} NOT IN ('', 'first_item', 'first_category', 'first_coupon')
) AS v ON v.session_id = f.session_id;
