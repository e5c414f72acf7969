-- Grain: one minute of the 30 that end with as_of's, those in which nothing happened too.
-- Parameters: site String.
-- Definition: events, visitors, page_views of the minute, bots out; orders and revenue (net, the site's currency) bought in it;
--   hesitating = visitors with at least 4 item views and no add_to_cart in it.
-- Source: event_rows, bot_sessions, orders_fact, as_of.
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
    SELECT
        minute,
        sum(n_) AS n,
        count() AS v,
        sum(p_) AS p,
        toUInt64(0) AS o,
        toInt64(0) AS r,
        countIf(items >= 4 AND carts = 0) AS h
    FROM
    (
        SELECT
            toStartOfMinute(toDateTime(event_time, 'UTC')) AS minute,
            visitor_id,
            count() AS n_,
            countIf(event_name = 'page_view') AS p_,
            countIf(event_name = 'view_item') AS items,
            countIf(event_name = 'add_to_cart') AS carts
        FROM footfall.event_rows FINAL
        WHERE site = {site:String} AND event_time >= start AND event_time < end
            AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
        GROUP BY minute, visitor_id
    )
    GROUP BY minute
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
ORDER BY minute
SETTINGS do_not_merge_across_partitions_select_final = 1;
