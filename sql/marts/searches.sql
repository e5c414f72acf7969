-- Grain: one search term, normalised: lower case, spaces single and trimmed.
-- Parameters: site String, since, until Date (local days, both in).
-- Definition: searches = search events; results_median and zero_result_rate of those that carry metrics.search_results;
--   click_rate = searches followed in their session, before the next search, by select_item or view_item; exit_rate = their session's
--   last ones, not followed so, where the session also ended on the page that was searched from; orders and revenue (net, the site's
--   currency): bought in the session after the search, credited to the last search before.
-- Source: searching_sessions, orders_fact.
CREATE OR REPLACE VIEW footfall.searches AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
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
        s.2 AS term,
        s.3 AS results,
        s.4 AS in_period,
        arrayFirst(x -> x.1 > searched_at, found).1 AS next_search,
        arrayExists(t -> t >= searched_at AND (next_search < searched_at OR t < next_search), clicks) AS clicked,
        next_search = 0 AND NOT clicked AND s.5 = exit_path AS left,
        arrayFilter(x -> x.1 >= searched_at AND (next_search < searched_at OR x.1 < next_search), orders) AS bought
    FROM
    (
        SELECT
            e.person_key AS person_key,
            e.exit_path AS exit_path,
            e.found AS found,
            e.clicks AS clicks,
            o.orders AS orders,
            arrayJoin(e.found) AS s
        FROM footfall.searching_sessions(site = {site:String}, start = start, end = end) AS e
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
