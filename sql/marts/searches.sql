-- Grain: one search term, normalised: lower case, spaces single and trimmed.
-- Parameters: site String, since, until Date (local days, both in).
-- Definition: searches = search events; results_median and zero_result_rate of those that carry metrics.search_results;
--   click_rate = searches followed in their session, before the next search, by select_item or view_item; exit_rate = their session's
--   last ones, not followed so, where the session also ended on the page that was searched from; orders and revenue (net, the site's
--   currency): bought in the session after the search, credited to the last search before.
-- Source: visit_events, visits, orders_fact.
CREATE OR REPLACE VIEW footfall.searches AS
WITH site_zone({site:String}) AS zone
SELECT
    term,
    count() AS searches,
    uniqExact(person_key) AS people,
    quantileExactInclusiveOrNullIf(0.5)(results, results >= 0) AS results_median,
    if(countIf(results >= 0) = 0, NULL, countIf(results = 0) / countIf(results >= 0)) AS zero_result_rate,
    countIf(clicked) / searches AS click_rate,
    countIf(left) / searches AS exit_rate,
    sum(length(bought)) AS orders,
    site_money({site:String}, sum(arraySum(x -> x.2, bought))) AS revenue
FROM
(
    SELECT
        person_key,
        s.1 AS searched_at,
        s.3 AS term,
        s.4 AS results,
        s.5 AS in_period,
        arrayFirst(x -> x.1 > searched_at, found).1 AS next_search,
        arrayExists(t -> t >= searched_at AND (next_search < searched_at OR t < next_search), clicks) AS clicked,
        next_search = 0 AND NOT clicked AND s.6 = exit_page AS left,
        arrayFilter(x -> x.1 >= searched_at AND (next_search < searched_at OR x.1 < next_search), orders) AS bought
    FROM
    (
        SELECT
            v.person_key AS person_key,
            v.exit_page AS exit_page,
            e.found AS found,
            e.clicks AS clicks,
            o.orders AS orders,
            arrayJoin(e.found) AS s
        FROM
        (
            SELECT
                session_key,
                arraySort(groupArrayIf(
                    (toUnixTimestamp64Milli(event_time), event_id,
                     trimBoth(replaceRegexpAll(lowerUTF8(search_term), '\\s+', ' ')),
                     ifNull(search_results, -1.),
                     event_time >= day_start({since:Date}, zone) AND event_time < day_start({until:Date} + 1, zone),
                     page),
                    event_name = 'search')) AS found,
                groupArrayIf(toUnixTimestamp64Milli(event_time), event_name != 'search') AS clicks
            FROM footfall.visit_events(
                site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone) + INTERVAL 48 HOUR,
                names = ['search', 'select_item', 'view_item'], by = '')
            GROUP BY session_key
            HAVING notEmpty(found)
        ) AS e
        INNER JOIN
        (
            SELECT session_key, person_key, page_path(exit_page) AS exit_page
            FROM footfall.visits(
                site = {site:String}, start = day_start({since:Date}, zone) - INTERVAL 48 HOUR, end = day_start({until:Date} + 1, zone), by = '')
            WHERE has(event_names, 'search')
        ) AS v ON v.session_key = e.session_key
        LEFT ANY JOIN
        (
            SELECT session_key, groupArray((toUnixTimestamp64Milli(at), ifNull(reporting_net, 0))) AS orders
            FROM footfall.orders_fact
            WHERE site = {site:String} AND NOT bot
            GROUP BY session_key
        ) AS o ON o.session_key = e.session_key
    )
)
WHERE in_period
    AND (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = '')) = 0
GROUP BY term
ORDER BY searches DESC, term;
