-- Grain: one person of a site (bots out) who was there or bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: own_cadence_days = max(1, (sum of own gaps between order days + 2 G) / (gaps + 2)), G = the site's median gap;
--   quiet_days = days since the last order; dormant_after = 3 cadences within a third and three times the site's dormant_days,
--   churned_after = 6 likewise with churned_days, more than dormant_after. stage, first match: prospect: no order; churned: quiet
--   over churned_after; dormant: over dormant_after; returned: the last gap was over churned_after; introduction: one order
--   day, or first order at most 14 days ago; then order days and active days of the last max(30, 3 cadences) days against
--   those before: decline if either falls, growth if both rise, else mature. risk: churned, high (over dormant_after), watch
--   (over 2 cadences), low. value_at_risk = net revenue of 365 days × 90 / days observed. r, f, m: 1 + intDiv(5 × buyers strictly
--   lower, buyers) of the last order day, orders, net revenue; NULL for prospects. Money in minor units of the site's currency.
-- Source: person_history.
CREATE OR REPLACE VIEW footfall.person_state AS
WITH
    site_zone({site:String}) AS zone,
    toDate({as_of:DateTime64(3, 'UTC')}, zone) AS today
SELECT
    person_id,
    first_seen,
    last_seen,
    sessions,
    sessions_90d,
    orders,
    order_days,
    active_days,
    toUInt64(length(orders)) AS order_count,
    arraySum(x -> x.2, orders) AS net_revenue,
    arraySum(x -> if(toDate(x.1, zone) > today - 365, x.2, 0), orders) AS net_revenue_365d,
    if(order_count = 0, NULL, orders[1].1) AS first_order_at,
    if(order_count = 0, NULL, orders[-1].1) AS last_order_at,
    if(order_count = 0, NULL, toInt32(today - order_days[-1])) AS quiet_days,
    if(length(order_days) < 2, NULL, toInt32(order_days[-1] - order_days[-2])) AS last_gap_days,
    if(length(order_days) < 2, NULL, arrayReduce('quantileExactInclusive(0.5)', arrayPopFront(arrayDifference(arrayMap(d -> toInt32(d), order_days))))) AS median_order_gap_days,
    if(order_count = 0, NULL, own_cadence(order_days, site_gap)) AS own_cadence_days,
    if(order_count = 0, NULL, held_days(own_cadence_days, 3, site_dormant_days({site:String}))) AS dormant_after,
    if(order_count = 0, NULL, greatest(held_days(own_cadence_days, 6, site_churned_days({site:String})), dormant_after + 1)) AS churned_after,
    greatest(30., ifNull(3 * own_cadence_days, 30.)) AS trend_days,
    day_trend(order_days, today, trend_days) AS purchase_trend,
    day_trend(active_days, today, trend_days) AS usage_trend,
    life_stage(order_days, today, dormant_after, churned_after, least(purchase_trend, usage_trend)) AS stage,
    multiIf(
        order_count = 0, NULL,
        quiet_days > churned_after, 'churned',
        quiet_days > dormant_after, 'high',
        quiet_days > 2 * ifNull(own_cadence_days, dormant_after), 'watch',
        'low') AS risk,
    if(order_count = 0, NULL, toInt64(round(net_revenue_365d * 90 / least(365, today - order_days[1] + 1)))) AS value_at_risk,
    sum(order_count > 0) OVER () AS buyers,
    if(order_count = 0, NULL, 1 + intDiv(5 * (rank() OVER (PARTITION BY order_count > 0 ORDER BY order_days[-1]) - 1), buyers)) AS r,
    if(order_count = 0, NULL, 1 + intDiv(5 * (rank() OVER (PARTITION BY order_count > 0 ORDER BY length(orders)) - 1), buyers)) AS f,
    if(order_count = 0, NULL, 1 + intDiv(5 * (rank() OVER (PARTITION BY order_count > 0 ORDER BY arraySum(x -> x.2, orders)) - 1), buyers)) AS m
FROM
(
    SELECT
        *,
        quantileExactInclusiveOrNullArray(0.5)(arrayPopFront(arrayDifference(arrayMap(d -> toInt32(d), order_days)))) OVER () AS site_gap
    FROM footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
);
