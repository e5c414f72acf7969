-- Grain: one path of channels, and whether an order came of it.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), lookback_days UInt64.
-- Definition: of the 365 days up to as_of. A person's active sessions, on all devices, in order of time; each belongs to the person's
--   next order at most lookback_days later (converted), else to a path that led to nothing: one up to each order and one after
--   the last. times = how many such paths there were.
-- Source: visit_rows, site_orders.
CREATE OR REPLACE VIEW footfall.channel_paths AS
SELECT channels, converted, count() AS times
FROM
(
    SELECT
        s.person_id,
        arrayFirstIndex(o -> o >= s.started_at, orders.times) AS next,
        next > 0 AND orders.times[next] <= s.started_at + toIntervalDay({lookback_days:UInt64}) AS converted,
        arrayMap(x -> x.4, arraySort(groupArray((s.started_at, s.visitor_id, s.session_id, toString(s.channel))))) AS channels
    FROM footfall.visit_rows(
        site = {site:String}, start = {as_of:DateTime64(3, 'UTC')} - INTERVAL 365 DAY, end = {as_of:DateTime64(3, 'UTC')} + toIntervalMillisecond(1)) AS s
    LEFT ANY JOIN
    (
        SELECT person_id, arraySort(groupArray(at)) AS times
        FROM footfall.site_orders(site = {site:String})
        WHERE at <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY person_id
    ) AS orders ON orders.person_id = s.person_id
    WHERE s.active
    GROUP BY s.person_id, next, converted
)
GROUP BY channels, converted
ORDER BY times DESC, channels, converted;
