-- Grain: one path × dimension.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: path: of the page's URL, without query and slashes at its end. views = page_view events at their own time; people
--   who had one; entrances, exits = active sessions that start in the period and began, ended on it; exit_rate = exits / views;
--   bounce_rate = of entrances, those not engaged; engagement_seconds = of all events on it; median_dwell_seconds = from a page
--   view to the next of its session (a session's last page has none).
-- Source: visits, page_engagement.
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
        countIf(what = 0) AS v,
        uniqExactIf(person_key, what = 0) AS p,
        countIf(what = 1) AS i,
        countIf(what = 2) AS x,
        countIf(what = 1 AND NOT engaged) AS b,
        toInt64(0) AS g,
        quantileExactInclusiveOrNullIf(0.5)(dwell_ms / 1000, dwell_ms >= 0) AS d
    FROM
    (
        SELECT person_key, engaged, dimension, what, path, dwell_ms
        FROM
        (
            SELECT
                person_key,
                engaged,
                dimension,
                active AND started_at >= start AS starts,
                -- Of each view the time until the next, -1 of the last. A session may have none.
                arrayMap(
                    (at, page, next) -> (toUInt8(0), page, if(next = 0, -1, toUnixTimestamp64Milli(next) - toUnixTimestamp64Milli(at)), at >= start AND at < end),
                    view_times, view_pages, arrayShiftLeft(view_times, 1, toDateTime64(0, 3, 'UTC'))) AS seen,
                arrayConcat(
                    seen,
                    [(toUInt8(1), page_path(landing_page), -1, starts), (toUInt8(2), page_path(exit_page), -1, starts)]) AS marks
            FROM footfall.visits(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = dated_by({by:String}, {since:Date}))
        )
        ARRAY JOIN marks.1 AS what, marks.2 AS path, marks.3 AS dwell_ms, marks.4 AS within
        WHERE within AND path != ''
    )
    GROUP BY path, dimension
    UNION ALL
    SELECT page, dimension, 0, 0, 0, 0, 0, engagement_ms, NULL
    FROM footfall.page_engagement(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY path, dimension
HAVING views + entrances + exits > 0
ORDER BY views DESC, path, dimension;
