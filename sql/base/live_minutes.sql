-- Grain: one minute in [start, end) with events, bots out.
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: n = events, v = visitors, p = page views, h = visitors with at least 4 item views and no add_to_cart in the minute.
-- Source: event_rows, bot_sessions.
CREATE OR REPLACE VIEW footfall.live_minutes AS
SELECT
    minute,
    sum(n_) AS n,
    count() AS v,
    sum(p_) AS p,
    countIf(items >= 4 AND carts = 0) AS h
FROM
(
    SELECT
        toStartOfMinute(toDateTime(event_time, 'UTC')) AS minute,
        visitor_key,
        count() AS n_,
        countIf(event_name = 'page_view') AS p_,
        countIf(event_name = 'view_item') AS items,
        countIf(event_name = 'add_to_cart') AS carts
    FROM footfall.event_rows FINAL
    WHERE site = {site:String} AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
        AND session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})
    GROUP BY minute, visitor_key
)
GROUP BY minute
SETTINGS do_not_merge_across_partitions_select_final = 1;
