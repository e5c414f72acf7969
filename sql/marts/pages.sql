-- Grain: one path × dimension.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: path: of the page's URL, without query and a slash at its end. views = page_view events at their own time; people
--   who had one; entrances, exits = active sessions that start in the period and began, ended on it; exit_rate = exits / views;
--   bounce_rate = of entrances, those not engaged; engagement_seconds = of all events on it; median_dwell_seconds = from a page
--   view to the next of its session (a session's last page has none).
-- Source: visit_events, visits.
CREATE OR REPLACE VIEW footfall.pages AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    path,
    dimension,
    sum(v) AS views,
    sum(p) AS people,
    sum(i) AS entrances,
    sum(x) AS exits,
    if(views = 0, NULL, exits / views) AS exit_rate,
    if(entrances = 0, NULL, sum(b) / entrances) AS bounce_rate,
    sum(g) / 1000 AS engagement_seconds,
    max(d) AS median_dwell_seconds
FROM
(
    SELECT
        path,
        dimension,
        countIf(event_name = 'page_view') AS v,
        uniqExactIf(person_id, event_name = 'page_view') AS p,
        toUInt64(0) AS i,
        toUInt64(0) AS x,
        toUInt64(0) AS b,
        sum(engagement_time_ms) AS g,
        quantileExactInclusiveOrNullIf(0.5)((next - t) / 1000, event_name = 'page_view' AND next > 0) AS d
    FROM
    (
        SELECT
            page_path(page_location) AS path,
            dimension,
            event_name,
            person_id,
            engagement_time_ms,
            toUnixTimestamp64Milli(event_time) AS t,
            -- The next page view: of two at one time the other has no time between.
            leadInFrame(t, 1, toInt64(0)) OVER (
                PARTITION BY session_id, event_name = 'page_view' ORDER BY event_time, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
        FROM footfall.visit_events(site = {site:String}, start = start, end = end, names = [''], by = {by:String})
        WHERE page_location != ''
    )
    GROUP BY path, dimension
    UNION ALL
    SELECT
        page_path(if(side = 1, landing_page, exit_page)) AS path,
        dimension,
        0,
        0,
        countIf(side = 1),
        countIf(side = 2),
        countIf(side = 1 AND NOT engaged),
        0,
        NULL
    FROM footfall.visits(site = {site:String}, start = start, end = end, by = {by:String})
    ARRAY JOIN [1, 2] AS side
    WHERE active AND if(side = 1, landing_page, exit_page) != ''
    GROUP BY path, dimension
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY path, dimension
HAVING views + entrances + exits > 0
ORDER BY views DESC, path, dimension;
