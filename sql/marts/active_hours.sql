-- Grain: one weekday (1 = Monday) × hour in the site's zone × dimension; all 168 hours where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: people and active sessions by the session's start; orders and revenue (net, the site's currency) at purchase
--   time; conversion_rate = sessions with an order / sessions, NULL without sessions.
-- Source: visits, visit_orders.
CREATE OR REPLACE VIEW footfall.active_hours AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    weekday,
    hour,
    dimension,
    sum(p) AS people,
    sum(s) AS sessions,
    sum(o) AS orders,
    site_money({site:String}, sum(r)) AS revenue,
    if(sessions = 0, NULL, sum(c) / sessions) AS conversion_rate
FROM
(
    SELECT
        toDayOfWeek(started_at, 0, zone) AS weekday,
        toHour(started_at, zone) AS hour,
        dimension,
        uniqExact(person_key) AS p,
        count() AS s,
        toUInt64(0) AS o,
        toInt64(0) AS r,
        toUInt64(0) AS c
    FROM footfall.visits(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    WHERE active
    GROUP BY weekday, hour, dimension
    UNION ALL
    SELECT
        toDayOfWeek(if(bought, at, started_at), 0, zone) AS weekday,
        toHour(if(bought, at, started_at), zone) AS hour,
        dimension,
        0,
        0,
        countIf(bought AND at < end),
        sumIf(ifNull(reporting_net, 0), bought AND at < end),
        uniqExactIf(session_key, NOT bought AND active AND started_at >= start AND started_at < end)
    FROM footfall.visit_orders(site = {site:String}, start = start, end = end + INTERVAL 48 HOUR, by = dated_by({by:String}, {since:Date}))
    ARRAY JOIN [1, 0] AS bought
    GROUP BY weekday, hour, dimension
    UNION ALL
    SELECT intDiv(number, 24) + 1, number % 24, '', 0, 0, 0, 0, 0 FROM numbers(168) WHERE {by:String} = ''
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY weekday, hour, dimension
HAVING {by:String} = '' OR sessions + orders > 0
ORDER BY weekday, hour, dimension;
