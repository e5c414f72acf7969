-- Grain: one period × dimension, gap-free where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), grain String (day, week, month), by String.
-- Definition: as traffic_cells. bounce_rate = sessions that are not engaged / sessions; single_page_rate = sessions with one
--   page view / sessions; conversion_rate = sessions with an order / sessions; buyer_rate = buyers / people; direct_share and
--   brand_search_share of sessions and of organic search sessions; NULL without a divisor. engagement_seconds: the sum. revenue
--   is net, in the site's currency; orders without a rate are apart. …_before: the same days one period earlier;
--   …_year_before: 364 days earlier, so that weekdays match: zeros where a dimension was there only then. at = the period's start in the
--   site's zone.
-- Source: traffic_cells, as_of.
CREATE OR REPLACE VIEW footfall.traffic AS
WITH
    site_zone({site:String}) AS zone,
    least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)) AS last_day
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    sumIf(c.people, role = 0) AS people,
    sumIf(c.new_people, role = 0) AS new_people,
    sumIf(c.sessions, role = 0) AS sessions,
    sumIf(c.page_views, role = 0) AS page_views,
    sumIf(c.events, role = 0) AS events,
    sumIf(c.engaged_sessions, role = 0) AS engaged_sessions,
    maxIf(c.bounce_rate, role = 0) AS bounce_rate,
    maxIf(c.single_page_rate, role = 0) AS single_page_rate,
    maxIf(c.pages_per_session, role = 0) AS pages_per_session,
    maxIf(c.median_session_seconds, role = 0) AS median_session_seconds,
    sumIf(c.engagement_seconds, role = 0) AS engagement_seconds,
    sumIf(c.orders, role = 0) AS orders,
    sumIf(c.buyers, role = 0) AS buyers,
    site_money({site:String}, sumIf(c.revenue, role = 0)) AS revenue,
    maxIf(c.conversion_rate, role = 0) AS conversion_rate,
    maxIf(c.buyer_rate, role = 0) AS buyer_rate,
    maxIf(c.direct_share, role = 0) AS direct_share,
    maxIf(c.brand_search_share, role = 0) AS brand_search_share,
    sumIf(c.orders_without_rate, role = 0) AS orders_without_rate,
    sumIf(c.people, role = 1) AS people_before,
    sumIf(c.new_people, role = 1) AS new_people_before,
    sumIf(c.sessions, role = 1) AS sessions_before,
    sumIf(c.page_views, role = 1) AS page_views_before,
    sumIf(c.events, role = 1) AS events_before,
    sumIf(c.engaged_sessions, role = 1) AS engaged_sessions_before,
    maxIf(c.bounce_rate, role = 1) AS bounce_rate_before,
    maxIf(c.single_page_rate, role = 1) AS single_page_rate_before,
    maxIf(c.pages_per_session, role = 1) AS pages_per_session_before,
    maxIf(c.median_session_seconds, role = 1) AS median_session_seconds_before,
    sumIf(c.engagement_seconds, role = 1) AS engagement_seconds_before,
    sumIf(c.orders, role = 1) AS orders_before,
    sumIf(c.buyers, role = 1) AS buyers_before,
    site_money({site:String}, sumIf(c.revenue, role = 1)) AS revenue_before,
    maxIf(c.conversion_rate, role = 1) AS conversion_rate_before,
    maxIf(c.buyer_rate, role = 1) AS buyer_rate_before,
    maxIf(c.direct_share, role = 1) AS direct_share_before,
    maxIf(c.brand_search_share, role = 1) AS brand_search_share_before,
    sumIf(c.people, role = 2) AS people_year_before,
    sumIf(c.new_people, role = 2) AS new_people_year_before,
    sumIf(c.sessions, role = 2) AS sessions_year_before,
    sumIf(c.page_views, role = 2) AS page_views_year_before,
    sumIf(c.events, role = 2) AS events_year_before,
    sumIf(c.engaged_sessions, role = 2) AS engaged_sessions_year_before,
    maxIf(c.bounce_rate, role = 2) AS bounce_rate_year_before,
    maxIf(c.single_page_rate, role = 2) AS single_page_rate_year_before,
    maxIf(c.pages_per_session, role = 2) AS pages_per_session_year_before,
    maxIf(c.median_session_seconds, role = 2) AS median_session_seconds_year_before,
    sumIf(c.engagement_seconds, role = 2) AS engagement_seconds_year_before,
    sumIf(c.orders, role = 2) AS orders_year_before,
    sumIf(c.buyers, role = 2) AS buyers_year_before,
    site_money({site:String}, sumIf(c.revenue, role = 2)) AS revenue_year_before,
    maxIf(c.conversion_rate, role = 2) AS conversion_rate_year_before,
    maxIf(c.buyer_rate, role = 2) AS buyer_rate_year_before,
    maxIf(c.direct_share, role = 2) AS direct_share_year_before,
    maxIf(c.brand_search_share, role = 2) AS brand_search_share_year_before
FROM
(
    SELECT
        role,
        period,
        dimension,
        people,
        new_people,
        sessions,
        page_views,
        events,
        engaged_sessions,
        1 - engaged_sessions / nullIf(sessions, 0) AS bounce_rate,
        single_page_sessions / nullIf(sessions, 0) AS single_page_rate,
        session_pages / nullIf(sessions, 0) AS pages_per_session,
        median_session_seconds,
        engagement_ms / 1000 AS engagement_seconds,
        orders,
        buyers,
        revenue,
        converted_sessions / nullIf(sessions, 0) AS conversion_rate,
        buyers / nullIf(people, 0) AS buyer_rate,
        direct_sessions / nullIf(sessions, 0) AS direct_share,
        brand_searches / nullIf(organic_searches, 0) AS brand_search_share,
        orders_without_rate
    FROM footfall.traffic_cells(
        site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = dated_by({by:String}, {since:Date}))
    UNION ALL
    -- Periods in which nothing happened.
    SELECT 0, arrayJoin(period_list({since:Date}, last_day, {grain:String})), '', 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0
    WHERE {by:String} = ''
) AS c
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
    -- What was there before has no place in a period that has not begun.
    AND period <= last_day
GROUP BY period, dimension
ORDER BY period, dimension;
