-- Grain: one page × dimension, of the events in [start, end) that name a page, bots out.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: engagement_ms = of all its events; dimension = of their session.
-- Source: event_rows, session_dimensions, bot_sessions.
CREATE OR REPLACE VIEW footfall.page_engagement AS
-- Groups of a String would be found slowly.
SELECT page, toString(few) AS dimension, sum(ms) AS engagement_ms
FROM
(
    SELECT e.page AS page, e.ms AS ms, toLowCardinality(s.dimension) AS few
    FROM
    (
        SELECT page, session_key, engagement_time_ms AS ms
        FROM footfall.event_rows FINAL
        PREWHERE engagement_time_ms != 0
        WHERE site = {site:String}
            AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
            AND page != ''
            AND session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})
    ) AS e
    LEFT ANY JOIN footfall.session_dimensions(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 48 HOUR, end = {end:DateTime64(3, 'UTC')}, by = {by:String}) AS s
        ON s.raw_session_key = e.session_key
)
GROUP BY page, few
SETTINGS do_not_merge_across_partitions_select_final = 1;
