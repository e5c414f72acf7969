-- Grain: one step × from page → to page.
-- Parameters: site String, since, until Date (local days, both in), start String (a path to begin at; '': the landing), end String
--   (a path to end at: then steps go backwards from it; '' with start), depth UInt64 (steps, 1 to 10), goal String ('',
--   converted, lost: sessions with an order, without one).
-- Definition: page views of active sessions that start in the period, in order of (time, page), reloads collapsed. Forwards from the first view of `start`
--   (step 1: from it to the next page), or backwards from the last view of `end` (step 1: from the page before to it).
--   sessions: each once a step. '(exit)' and '(entrance)' where the session ends or begins. The 50 most frequent pairs of a step;
--   the rest as '(other)', so that sums hold.
-- Source: visits, page_names, orders_fact.
CREATE OR REPLACE VIEW footfall.paths AS
WITH
    site_zone({site:String}) AS zone,
    {end:String} != '' AS backwards
SELECT
    step,
    if(place <= 50, from_name, '(other)') AS from_page,
    if(place <= 50, to_name, '(other)') AS to_page,
    sum(n) AS sessions
FROM
(
    SELECT step, from_name, to_name, n, row_number() OVER (PARTITION BY step ORDER BY n DESC, from_name, to_name) AS place
    FROM
    (
        SELECT
            w.step AS step,
            if(w.from_key = 0, '(entrance)', f.page) AS from_name,
            if(w.to_key = 0, '(exit)', t.page) AS to_name,
            w.n AS n
        FROM
        (
            -- Walks of pages' hashes, which are counted several times as fast as their names.
            SELECT step, if(backwards, other, one) AS from_key, if(backwards, one, other) AS to_key, count() AS n
            FROM
            (
                SELECT
                    arrayCompact(arrayFilter(k -> k != cityHash64(''), CAST(arrayMap(page -> cityHash64(page), view_pages), 'Array(UInt64)'))) AS pages,
                    -- From where on: the first view of start, or, read from behind, the last view of end.
                    if(backwards, arrayReverse(pages), pages) AS way,
                    if(backwards, indexOf(way, cityHash64({end:String})), if({start:String} = '', 1, indexOf(way, cityHash64({start:String})))) AS at,
                    -- 0 where the session ends, or begins.
                    if(at = 0 OR empty(way), [], arraySlice(arrayPushBack(way, toUInt64(0)), at, toInt64(least({depth:UInt64}, 10)) + 1)) AS walk
                FROM footfall.visits(site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone), by = '')
                WHERE active
                    AND ({goal:String} = ''
                        OR ({goal:String} = 'converted') = (session_key IN (SELECT session_key FROM footfall.orders_fact WHERE site = {site:String})))
            )
            ARRAY JOIN arrayPopBack(walk) AS one, arrayPopFront(walk) AS other, arrayMap(i -> toUInt64(i), arrayEnumerate(arrayPopFront(walk))) AS step
            GROUP BY step, one, other
        ) AS w
        LEFT ANY JOIN footfall.page_names(site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone)) AS f ON f.page_key = w.from_key
        LEFT ANY JOIN footfall.page_names(site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone)) AS t ON t.page_key = w.to_key
    )
)
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = ''))
        + throwIf({depth:UInt64} = 0 OR {depth:UInt64} > 10, concat('depth is ', toString({depth:UInt64}), '; give 1 to 10'))
        + throwIf({start:String} != '' AND {end:String} != '', 'give start or end, not both')
        + throwIf({goal:String} NOT IN ('', 'converted', 'lost'), concat('unknown goal ''', {goal:String}, '''; goals: '''' (all), converted, lost'))) = 0
GROUP BY step, from_page, to_page
ORDER BY step, sessions DESC, from_page, to_page;
