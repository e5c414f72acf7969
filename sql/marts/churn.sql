-- Grain: one period × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days), grain String (day, week, month), by String (of the person's first
--   active session).
-- Definition: active_at_start = people with an order before the period and quiet at most X then; churned = those whose quiet
--   passes X in it, after whichever order; churn_rate = churned / active_at_start, revenue_lost = their net revenue of the 365 days
--   before, in the site's currency: NULL until the period ends (mature). X = 6 own cadences as in person_state, both as they stood
--   at the period's start.
-- Source: person_history, visits, as_of.
CREATE OR REPLACE VIEW footfall.churn AS
WITH
    site_zone({site:String}) AS zone,
    assumeNotNull((SELECT as_of FROM footfall.as_of)) AS now_at,
    period_list({since:Date}, least({until:Date}, toDate(now_at, zone)), {grain:String}) AS periods
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    sum(here) AS active_at_start,
    if(mature, toNullable(sum(gone)), NULL) AS churned,
    if(mature AND active_at_start > 0, sum(gone) / active_at_start, NULL) AS churn_rate,
    if(mature, toNullable(site_money({site:String}, sum(lost))), NULL) AS revenue_lost,
    toUInt8(day_start(period_add(period, {grain:String}, 1), zone) <= now_at) AS mature
FROM
(
    SELECT
        period,
        dimension,
        toUInt64(period - known[-1] <= churned_after) AS here,
        -- Of the last order before and each in the period: the day on which quiet passes X, with no order up to it.
        toUInt64(here > 0 AND arrayExists(
            (d, next) -> d >= known[-1] AND d + quiet_max <= period_add(period, {grain:String}, 1) AND next >= d + quiet_max,
            order_days, arrayPushBack(arrayPopFront(order_days), toDate('2149-06-06')))) AS gone,
        if(gone > 0, arraySum(x -> if(x.1 < day_start(period, zone) AND x.1 >= day_start(period - 365, zone), x.2, 0), orders), 0) AS lost,
        toUInt32(floor(churned_after)) + 1 AS quiet_max
    FROM
    (
        SELECT
            period,
            orders,
            order_days,
            dimension,
            arrayFilter(d -> d < period, order_days) AS known,
            -- The site's median gap of all gaps that had ended by then.
            quantileExactInclusiveOrNullArray(0.5)(arrayPopFront(arrayDifference(arrayMap(d -> toInt32(d), known)))) OVER (PARTITION BY period) AS site_gap,
            own_cadence(known, site_gap) AS cadence,
            greatest(held_days(cadence, 6, site_churned_days({site:String})), held_days(cadence, 3, site_dormant_days({site:String})) + 1) AS churned_after
        FROM
        (
            SELECT h.orders AS orders, h.order_days AS order_days, v.dimension AS dimension
            FROM footfall.person_history(site = {site:String}, as_of = now_at) AS h
            LEFT ANY JOIN
            (
                SELECT person_key, argMin(dimension, visit_place(started_at, visitor_key)) AS dimension
                FROM footfall.visits(site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = if({by:String} = '', toDateTime64(0, 3, 'UTC'), toDateTime64('2100-01-02 00:00:00', 3, 'UTC')), by = dated_by({by:String}, {since:Date}))
                WHERE active
                GROUP BY person_key
            ) AS v ON v.person_key = h.person_key
            WHERE notEmpty(h.order_days)
        )
        ARRAY JOIN periods AS period
        WHERE order_days[1] < period
    )
    UNION ALL
    SELECT arrayJoin(periods), '', 0, 0, 0, toUInt32(0)
    WHERE {by:String} = ''
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
GROUP BY period, dimension
ORDER BY period, dimension;
