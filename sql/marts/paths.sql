-- Grain: one step × from page → to page.
-- Parameters: site String, since, until Date (local days, both in), start String (a path to begin at; '': the landing), end String
--   (a path to end at: then steps go backwards from it; '' with start), depth UInt64 (steps, 1 to 10), goal String ('',
--   converted, lost: sessions with an order, without one).
-- Definition: page views of active sessions that start in the period, in order of (time, page), reloads collapsed. Forwards from the first view of `start`
--   (step 1: from it to the next page), or backwards from the last view of `end` (step 1: from the page before to it).
--   sessions: each once a step. '(exit)' and '(entrance)' where the session ends or begins. The 50 most frequent pairs of a step;
--   the rest as '(other)', so that sums hold.
-- Source: visits, orders_fact.
CREATE OR REPLACE VIEW footfall.paths AS
WITH
    site_zone({site:String}) AS zone,
    {end:String} != '' AS backwards
SELECT
    step,
    if(place <= 50, pair.1, '(other)') AS from_page,
    if(place <= 50, pair.2, '(other)') AS to_page,
    sum(n) AS sessions
FROM
(
    SELECT step, pair, n, row_number() OVER (PARTITION BY step ORDER BY n DESC, pair) AS place
    FROM
    (
        SELECT e.1 AS step, e.2 AS pair, count() AS n
        FROM
        (
            SELECT arrayJoin(arrayMap(i -> (toUInt64(i), if(backwards, (walk[i + 1], walk[i]), (walk[i], walk[i + 1]))), range(1, toUInt32(length(walk))))) AS e
            FROM
            (
                SELECT
                    arrayCompact(arrayFilter(page -> page != '', view_pages)) AS pages,
                    -- From where on: the first view of start, or, read from behind, the last view of end.
                    if(backwards, arrayReverse(pages), pages) AS way,
                    if(backwards, indexOf(way, {end:String}), if({start:String} = '', 1, indexOf(way, {start:String}))) AS at,
                    if(at = 0 OR empty(way), [], arraySlice(arrayPushBack(way, if(backwards, '(entrance)', '(exit)')), at, toInt64(least({depth:UInt64}, 10)) + 1)) AS walk
                FROM footfall.visits(site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone), by = '')
                WHERE active
                    AND ({goal:String} = ''
                        OR ({goal:String} = 'converted') = (session_key IN (SELECT session_key FROM footfall.orders_fact WHERE site = {site:String})))
            )
        )
        GROUP BY step, pair
    )
)
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = ''))
        + throwIf({depth:UInt64} = 0 OR {depth:UInt64} > 10, concat('depth is ', toString({depth:UInt64}), '; give 1 to 10'))
        + throwIf({start:String} != '' AND {end:String} != '', 'give start or end, not both')
        + throwIf({goal:String} NOT IN ('', 'converted', 'lost'), concat('unknown goal ''', {goal:String}, '''; goals: '''' (all), converted, lost'))) = 0
GROUP BY step, from_page, to_page
ORDER BY step, sessions DESC, from_page, to_page;
