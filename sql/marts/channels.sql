-- Grain: one channel × dimension.
-- Parameters: site String, since, until Date (local days, both in), model String (first, last, last_non_direct, linear, position,
--   time_decay, markov), lookback_days UInt64 (1 to 365), by String.
-- Definition: people and sessions: active sessions of the channel that start in the period. orders: bought in its sessions.
--   credited_orders, credited_revenue, credited_margin: the period's orders shared over their touches by the model (see
--   attribution); the revenue sums to their net revenue to the last minor unit; '(none)' had no touch, '(not fitted)': markov
--   is not fitted for this lookback; the margin is NULL where the cost of a credited order is unknown, cost_coverage = share of
--   credited_orders whose costs are all known (credited_orders_without_rate are in no money and no coverage). new_people: whose first active session ever lies in the period, at its channel;
--   new_customers: whose first order does, at the channel of their first active session. first_purchase_rate_30d: of the new
--   people, those with an order at most 30 days after first seen; retained_30d: those active on the 30th local day after; both
--   of those only for whom that time has passed, NULL without any. cost: ad_costs of the period with commission, the channel by the
--   same rules; NULL by a dimension that costs do not have; costs_without_rate are rows left out of it. cpa = cost /
--   credited_orders, cac = cost / new_customers, roas = credited_revenue / cost, roi = (credited_margin − cost) / cost.
-- Source: visits, site_orders, attribution, origins, costs, as_of.
CREATE OR REPLACE VIEW footfall.channels AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    channel,
    dimension,
    sum(x.people) AS people,
    sum(x.new_people) AS new_people,
    sum(x.sessions) AS sessions,
    sum(x.orders) AS orders,
    sum(x.new_customers) AS new_customers,
    sum(x.credit) AS credited_orders,
    site_money({site:String}, sum(x.net)) AS credited_revenue,
    site_money({site:String}, if(sum(x.uncosted) > 0, NULL, sum(x.margin))) AS credited_margin,
    sum(x.costed_credit) / nullIf(sum(x.rated_credit), 0) AS cost_coverage,
    sum(x.unrated) AS credited_orders_without_rate,
    {by:String} IN ('', 'channel', 'source', 'medium', 'campaign', 'term', 'content') AS has_costs,
    site_money({site:String}, if(has_costs, sum(x.cost), NULL)) AS cost,
    site_money({site:String}, if(has_costs, minor_mean(sum(x.cost), credited_orders), NULL)) AS cpa,
    site_money({site:String}, if(has_costs, minor_mean(sum(x.cost), new_customers), NULL)) AS cac,
    if(has_costs, sum(x.net) / nullIf(sum(x.cost), 0), NULL) AS roas,
    if(has_costs AND sum(x.uncosted) = 0, (sum(x.margin) - sum(x.cost)) / nullIf(sum(x.cost), 0), NULL) AS roi,
    sum(x.bought) / nullIf(sum(x.buy_eligible), 0) AS first_purchase_rate_30d,
    sum(x.stayed) / nullIf(sum(x.stay_eligible), 0) AS retained_30d,
    sum(x.unrated_costs) AS costs_without_rate
FROM
(
    SELECT
        toString(channel) AS channel, dimension, uniqExact(person_id) AS people, count() AS sessions, 0 AS new_people, 0 AS buy_eligible, 0 AS bought,
        0 AS stay_eligible, 0 AS stayed, 0 AS new_customers, 0 AS orders, 0. AS credit, toInt64(0) AS net, toInt64(0) AS margin, 0 AS uncosted,
        0. AS costed_credit, 0. AS rated_credit, 0. AS unrated, toInt64(0) AS cost, 0 AS unrated_costs
    FROM footfall.visits(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    WHERE active
    GROUP BY channel, dimension
    UNION ALL
    SELECT
        if(o.person_id = '', '(none)', o.channel) AS channel, o.dimension AS dimension, 0, 0, countIf(is_new),
        countIf(is_new AND first_seen + INTERVAL 30 DAY <= now),
        countIf(is_new AND first_seen + INTERVAL 30 DAY <= now AND f.person_id != '' AND f.first_order_at <= first_seen + INTERVAL 30 DAY),
        countIf(is_new AND day_start(first_day + 31, zone) <= now),
        countIf(is_new AND day_start(first_day + 31, zone) <= now AND has(s.days, first_day + 30)),
        countIf(f.person_id != '' AND f.first_order_at >= start AND f.first_order_at < end), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM
    (
        SELECT *, first_seen >= start AND first_seen < end AS is_new, toDate(first_seen, zone) AS first_day
        FROM footfall.origins(site = {site:String}, by = dated_by({by:String}, {since:Date}))
    ) AS o
    -- Who bought without an active session (at a till, by telephone) is a customer too, of channel '(none)'.
    FULL JOIN footfall.first_orders(site = {site:String}) AS f ON f.person_id = o.person_id
    LEFT ANY JOIN
    (
        SELECT person_id, groupUniqArray(toDate(started_at, zone)) AS days
        FROM footfall.visit_rows(site = {site:String}, start = start + INTERVAL 29 DAY, end = end + INTERVAL 31 DAY)
        WHERE active
        GROUP BY person_id
    ) AS s ON s.person_id = o.person_id
    GROUP BY channel, dimension
    UNION ALL
    SELECT toString(v.channel) AS channel, v.dimension AS dimension, 0, 0, 0, 0, 0, 0, 0, 0, count(), 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT session_id FROM footfall.site_orders(site = {site:String}) WHERE at >= start AND at < end) AS o
    INNER JOIN footfall.visits(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = dated_by({by:String}, {since:Date})) AS v ON v.session_id = o.session_id
    GROUP BY channel, dimension
    UNION ALL
    SELECT
        channel, dimension, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(credited_order), sum(ifNull(credited_net, 0)), sum(ifNull(credited_margin, 0)),
        countIf(credited_net IS NOT NULL AND credited_margin IS NULL), sumIf(credited_order, credited_margin IS NOT NULL),
        sumIf(credited_order, credited_net IS NOT NULL), sumIf(credited_order, credited_net IS NULL), 0, 0
    FROM footfall.attribution(
        site = {site:String}, since = {since:Date}, until = {until:Date}, model = {model:String}, lookback_days = {lookback_days:UInt64}, by = dated_by({by:String}, {since:Date}))
    GROUP BY channel, dimension
    UNION ALL
    SELECT channel, assumeNotNull(dimension), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(ifNull(cost, 0)), countIf(cost IS NULL)
    FROM footfall.costs(site = {site:String}, since = {since:Date}, until = {until:Date}, by = dated_by({by:String}, {since:Date}))
    WHERE dimension IS NOT NULL
    GROUP BY channel, dimension
) AS x
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String}))
        + check_model({model:String}, {lookback_days:UInt64})) = 0
GROUP BY channel, dimension
-- Origins are of all time: a channel of which nothing falls in the period has no row.
HAVING sessions > 0 OR orders > 0 OR credited_orders > 0 OR new_customers > 0 OR sum(x.cost) > 0 OR costs_without_rate > 0
ORDER BY channel, dimension;
