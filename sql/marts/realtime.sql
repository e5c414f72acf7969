-- Grain: one minute of the 30 that end with as_of's, those in which nothing happened too.
-- Parameters: site String.
-- Definition: events, visitors, page_views of the minute, bots out; orders and revenue (net, the site's currency) bought in it;
--   hesitating = visitors with at least 4 item views and no add_to_cart in it.
-- Source: live_minutes, orders_fact, as_of.
CREATE OR REPLACE VIEW footfall.realtime AS
WITH
    toStartOfMinute(toDateTime(assumeNotNull((SELECT as_of FROM footfall.as_of)), 'UTC')) AS last_minute,
    toDateTime64(last_minute - toIntervalMinute(least(29, intDiv(toUnixTimestamp(last_minute), 60))), 3, 'UTC') AS start,
    toDateTime64(last_minute, 3, 'UTC') + INTERVAL 1 MINUTE AS end
SELECT
    minute,
    toTimeZone(minute, site_zone({site:String})) AS at,
    sum(n) AS events,
    sum(v) AS visitors,
    sum(p) AS page_views,
    sum(o) AS orders,
    site_money({site:String}, sum(r)) AS revenue,
    sum(h) AS hesitating
FROM
(
    SELECT minute, n, v, p, toUInt64(0) AS o, toInt64(0) AS r, h
    FROM footfall.live_minutes(site = {site:String}, start = start, end = end)
    UNION ALL
    SELECT toStartOfMinute(toDateTime(at, 'UTC')), 0, 0, 0, count(), sum(ifNull(reporting_net, 0)), 0
    FROM footfall.orders_fact
    WHERE site = {site:String} AND NOT bot AND at >= start AND at < end
    GROUP BY 1
    UNION ALL
    SELECT last_minute - toIntervalMinute(arrayJoin(range(30))), 0, 0, 0, 0, 0, 0
    WHERE last_minute > toDateTime(1800, 'UTC')
)
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
GROUP BY minute
ORDER BY minute;
