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
        countIf(event.4) AS v,
        uniqExactIf(person_id, event.4) AS p,
        toUInt64(0) AS i,
        toUInt64(0) AS x,
        toUInt64(0) AS b,
        sum(event.5) AS g,
        quantileExactInclusiveOrNullIf(0.5)((next - event.1) / 1000, event.4 AND next > 0) AS d
    FROM
    (
        SELECT dimension, person_id, event, next, page_path(event.3) AS path
        FROM
        (
            SELECT
                any(dimension) AS dimension,
                any(person_id) AS person_id,
                arraySort(groupArray((toUnixTimestamp64Milli(event_time), event_id, page_location, event_name = 'page_view', engagement_time_ms))) AS events,
                -- Of each event the time of the page view after it, 0 where none is; of two at one time the other has no time between.
                arrayPushBack(arrayPopFront(arrayReverseFill(t -> t > 0, arrayMap(e -> if(e.4, e.1, 0), events))), 0) AS nexts
            FROM footfall.visit_events(site = {site:String}, start = start, end = end, names = [''], by = {by:String})
            WHERE page_location != ''
            GROUP BY session_id
        )
        ARRAY JOIN events AS event, nexts AS next
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
    FROM footfall.visits(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    ARRAY JOIN [1, 2] AS side
    WHERE active AND if(side = 1, landing_page, exit_page) != ''
    GROUP BY path, dimension
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY path, dimension
HAVING views + entrances + exits > 0
ORDER BY views DESC, path, dimension;
