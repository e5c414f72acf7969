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
    toString(p.path) AS path,
    toString(p.few) AS dimension,
    sum(v) AS views,
    sum(people_) AS people,
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
        few,
        countIf(what = 0) AS v,
        uniqExactIf(person_key, what = 0) AS people_,
        countIf(what = 1) AS i,
        countIf(what = 2) AS x,
        countIf(what = 1 AND NOT engaged) AS b,
        toInt64(0) AS g,
        quantileExactInclusiveOrNullIf(0.5)(dwell_ms / 1000, dwell_ms >= 0) AS d
    FROM
    (
        SELECT
            person_key,
            engaged,
            -- Groups of a String would be found slowly.
            toLowCardinality(v.dimension) AS few,
            path,
            what,
            dwell_ms
        FROM
        (
            SELECT
                *,
                active AND started_at >= start AS starts
            FROM footfall.visits(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = dated_by({by:String}, {since:Date}))
        ) AS v
        -- Its views, then its first and its last page. A session may have no views.
        ARRAY JOIN
            arrayConcat(view_pages, [landing_path, exit_path]) AS path,
            arrayConcat(
                arrayMap(at -> if(at >= start AND at < end, toUInt8(0), toUInt8(3)), view_times),
                if(starts, [toUInt8(1), toUInt8(2)], [toUInt8(3), toUInt8(3)])) AS what,
            -- Of each view the time until the next, -1 of the last.
            arrayConcat(
                arrayMap(
                    (at, next) -> if(next = 0, -1, toUnixTimestamp64Milli(next) - toUnixTimestamp64Milli(at)),
                    view_times, arrayShiftLeft(view_times, 1, toDateTime64(0, 3, 'UTC'))),
                [-1, -1]) AS dwell_ms
        WHERE what < 3 AND path != ''
    )
    GROUP BY path, few
    UNION ALL
    SELECT page, toLowCardinality(e.dimension), 0, 0, 0, 0, 0, engagement_ms, NULL
    FROM footfall.page_engagement(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date})) AS e
) AS p
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY p.path, p.few
HAVING views + entrances + exits > 0
ORDER BY views DESC, path, dimension;
