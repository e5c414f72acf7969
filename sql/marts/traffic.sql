-- Grain: one period × dimension, gap-free where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), grain String (day, week, month), by String.
-- Definition: as traffic_cells. bounce_rate = sessions that are not engaged / sessions; single_page_rate = sessions with one
--   page view / sessions; conversion_rate = sessions with an order / sessions; buyer_rate = buyers / people; direct_share and
--   brand_search_share of sessions and of organic search sessions; NULL without a divisor. engagement_seconds: the sum. revenue
--   is net, in the site's currency; orders without a rate are apart. …_before: the same days one period earlier;
--   …_year_before: 364 days earlier, so that weekdays match. at = the period's start in the site's zone.
-- Source: traffic_cells, as_of.
CREATE OR REPLACE VIEW footfall.traffic AS
WITH site_zone({site:String}) AS zone
SELECT
    c.period AS period,
    toDateTime(c.period, zone) AS at,
    c.dimension AS dimension,
    sumIf(c.people, c.role = 0) AS people,
    sumIf(c.new_people, c.role = 0) AS new_people,
    sumIf(c.sessions, c.role = 0) AS sessions,
    sumIf(c.page_views, c.role = 0) AS page_views,
    sumIf(c.events, c.role = 0) AS events,
    sumIf(c.engaged_sessions, c.role = 0) AS engaged_sessions,
    if(sumIf(c.sessions, c.role = 0) = 0, NULL, 1 - sumIf(c.engaged_sessions, c.role = 0) / sumIf(c.sessions, c.role = 0)) AS bounce_rate,
    if(sumIf(c.sessions, c.role = 0) = 0, NULL, sumIf(c.single_page_sessions, c.role = 0) / sumIf(c.sessions, c.role = 0)) AS single_page_rate,
    if(sumIf(c.sessions, c.role = 0) = 0, NULL, sumIf(c.session_pages, c.role = 0) / sumIf(c.sessions, c.role = 0)) AS pages_per_session,
    maxIf(c.median_session_seconds, c.role = 0) AS median_session_seconds,
    sumIf(c.engagement_ms, c.role = 0) / 1000 AS engagement_seconds,
    sumIf(c.orders, c.role = 0) AS orders,
    sumIf(c.buyers, c.role = 0) AS buyers,
    site_money({site:String}, sumIf(c.revenue, c.role = 0)) AS revenue,
    if(sumIf(c.sessions, c.role = 0) = 0, NULL, sumIf(c.converted_sessions, c.role = 0) / sumIf(c.sessions, c.role = 0)) AS conversion_rate,
    if(sumIf(c.people, c.role = 0) = 0, NULL, sumIf(c.buyers, c.role = 0) / sumIf(c.people, c.role = 0)) AS buyer_rate,
    if(sumIf(c.sessions, c.role = 0) = 0, NULL, sumIf(c.direct_sessions, c.role = 0) / sumIf(c.sessions, c.role = 0)) AS direct_share,
    if(sumIf(c.organic_searches, c.role = 0) = 0, NULL, sumIf(c.brand_searches, c.role = 0) / sumIf(c.organic_searches, c.role = 0)) AS brand_search_share,
    sumIf(c.orders_without_rate, c.role = 0) AS orders_without_rate,
    sumIf(c.people, c.role = 1) AS people_before,
    sumIf(c.new_people, c.role = 1) AS new_people_before,
    sumIf(c.sessions, c.role = 1) AS sessions_before,
    sumIf(c.page_views, c.role = 1) AS page_views_before,
    sumIf(c.events, c.role = 1) AS events_before,
    sumIf(c.engaged_sessions, c.role = 1) AS engaged_sessions_before,
    if(sumIf(c.sessions, c.role = 1) = 0, NULL, 1 - sumIf(c.engaged_sessions, c.role = 1) / sumIf(c.sessions, c.role = 1)) AS bounce_rate_before,
    if(sumIf(c.sessions, c.role = 1) = 0, NULL, sumIf(c.single_page_sessions, c.role = 1) / sumIf(c.sessions, c.role = 1)) AS single_page_rate_before,
    if(sumIf(c.sessions, c.role = 1) = 0, NULL, sumIf(c.session_pages, c.role = 1) / sumIf(c.sessions, c.role = 1)) AS pages_per_session_before,
    maxIf(c.median_session_seconds, c.role = 1) AS median_session_seconds_before,
    sumIf(c.engagement_ms, c.role = 1) / 1000 AS engagement_seconds_before,
    sumIf(c.orders, c.role = 1) AS orders_before,
    sumIf(c.buyers, c.role = 1) AS buyers_before,
    site_money({site:String}, sumIf(c.revenue, c.role = 1)) AS revenue_before,
    if(sumIf(c.sessions, c.role = 1) = 0, NULL, sumIf(c.converted_sessions, c.role = 1) / sumIf(c.sessions, c.role = 1)) AS conversion_rate_before,
    if(sumIf(c.people, c.role = 1) = 0, NULL, sumIf(c.buyers, c.role = 1) / sumIf(c.people, c.role = 1)) AS buyer_rate_before,
    if(sumIf(c.sessions, c.role = 1) = 0, NULL, sumIf(c.direct_sessions, c.role = 1) / sumIf(c.sessions, c.role = 1)) AS direct_share_before,
    if(sumIf(c.organic_searches, c.role = 1) = 0, NULL, sumIf(c.brand_searches, c.role = 1) / sumIf(c.organic_searches, c.role = 1)) AS brand_search_share_before,
    sumIf(c.people, c.role = 2) AS people_year_before,
    sumIf(c.new_people, c.role = 2) AS new_people_year_before,
    sumIf(c.sessions, c.role = 2) AS sessions_year_before,
    sumIf(c.page_views, c.role = 2) AS page_views_year_before,
    sumIf(c.events, c.role = 2) AS events_year_before,
    sumIf(c.engaged_sessions, c.role = 2) AS engaged_sessions_year_before,
    if(sumIf(c.sessions, c.role = 2) = 0, NULL, 1 - sumIf(c.engaged_sessions, c.role = 2) / sumIf(c.sessions, c.role = 2)) AS bounce_rate_year_before,
    if(sumIf(c.sessions, c.role = 2) = 0, NULL, sumIf(c.single_page_sessions, c.role = 2) / sumIf(c.sessions, c.role = 2)) AS single_page_rate_year_before,
    if(sumIf(c.sessions, c.role = 2) = 0, NULL, sumIf(c.session_pages, c.role = 2) / sumIf(c.sessions, c.role = 2)) AS pages_per_session_year_before,
    maxIf(c.median_session_seconds, c.role = 2) AS median_session_seconds_year_before,
    sumIf(c.engagement_ms, c.role = 2) / 1000 AS engagement_seconds_year_before,
    sumIf(c.orders, c.role = 2) AS orders_year_before,
    sumIf(c.buyers, c.role = 2) AS buyers_year_before,
    site_money({site:String}, sumIf(c.revenue, c.role = 2)) AS revenue_year_before,
    if(sumIf(c.sessions, c.role = 2) = 0, NULL, sumIf(c.converted_sessions, c.role = 2) / sumIf(c.sessions, c.role = 2)) AS conversion_rate_year_before,
    if(sumIf(c.people, c.role = 2) = 0, NULL, sumIf(c.buyers, c.role = 2) / sumIf(c.people, c.role = 2)) AS buyer_rate_year_before,
    if(sumIf(c.sessions, c.role = 2) = 0, NULL, sumIf(c.direct_sessions, c.role = 2) / sumIf(c.sessions, c.role = 2)) AS direct_share_year_before,
    if(sumIf(c.organic_searches, c.role = 2) = 0, NULL, sumIf(c.brand_searches, c.role = 2) / sumIf(c.organic_searches, c.role = 2)) AS brand_search_share_year_before
FROM
(
    SELECT * FROM footfall.traffic_cells(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = dated_by({by:String}, {since:Date}))
    UNION ALL
    -- Periods in which nothing happened.
    SELECT 0, arrayJoin(period_list({since:Date}, least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)), {grain:String})), '',
        0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0
    WHERE {by:String} = ''
) AS c
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
GROUP BY c.period, c.dimension
-- A dimension that was there only a year ago has no row today, nor a period after the last one that has begun.
HAVING sumIf(1, c.role = 0) > 0
ORDER BY period, dimension;
