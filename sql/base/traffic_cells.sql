-- Grain: one role (0: the period itself, 1: the period before it, 2: the same weekdays a year before) × period × dimension.
-- Parameters: site String, since, until Date, grain, by String.
-- Definition: sessions, people and what is counted by them: in the local period of the session's start, active sessions
--   only. events and page_views: at their own time (sessions over the end of a period are split event by event). orders,
--   buyers and revenue (minor units of the site's currency; orders_without_rate are not in it): at purchase time. new_people:
--   their first active session ever. converted_sessions: with an order. brand_searches: organic search sessions whose term
--   has one of the site's brand terms.
-- Source: visits, first_visits, event_rows, session_aliases, visit_orders.
CREATE OR REPLACE VIEW footfall.traffic_cells AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date} - 364, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    cell.1 AS role,
    cell.2 AS period,
    dimension,
    sum(people_) AS people,
    sum(new_people_) AS new_people,
    sum(sessions_) AS sessions,
    sum(page_views_) AS page_views,
    sum(events_) AS events,
    sum(engaged_sessions_) AS engaged_sessions,
    sum(single_page_sessions_) AS single_page_sessions,
    sum(session_pages_) AS session_pages,
    max(median_session_seconds_) AS median_session_seconds,
    sum(engagement_ms_) AS engagement_ms,
    sum(direct_sessions_) AS direct_sessions,
    sum(searches_) AS organic_searches,
    sum(brand_searches_) AS brand_searches,
    sum(orders_) AS orders,
    sum(buyers_) AS buyers,
    sum(revenue_) AS revenue,
    sum(orders_without_rate_) AS orders_without_rate,
    sum(converted_sessions_) AS converted_sessions
FROM
(
    SELECT
        arrayJoin(roles) AS cell,
        dimension,
        uniqExactIf(person_id, active) AS people_,
        countIf(active AND session_id IN (SELECT first_session_id FROM footfall.first_visits(site = {site:String}, until = end))) AS new_people_,
        countIf(active) AS sessions_,
        sumIf(page_views, whole) AS page_views_,
        sumIf(events, whole) AS events_,
        countIf(active AND engaged) AS engaged_sessions_,
        countIf(active AND page_views = 1) AS single_page_sessions_,
        sumIf(page_views, active) AS session_pages_,
        quantileExactInclusiveOrNullIf(0.5)((toUnixTimestamp64Milli(ended_at) - toUnixTimestamp64Milli(started_at)) / 1000, active) AS median_session_seconds_,
        sumIf(engagement_ms, active) AS engagement_ms_,
        countIf(active AND channel = 'Direct') AS direct_sessions_,
        countIf(active AND channel = 'Organic Search') AS searches_,
        countIf(active AND channel = 'Organic Search'
            AND arrayExists(b -> positionCaseInsensitiveUTF8(term, b) > 0, site_brand_terms({site:String}))) AS brand_searches_,
        toUInt64(0) AS orders_, toUInt64(0) AS buyers_, toInt64(0) AS revenue_, toUInt64(0) AS orders_without_rate_, toUInt64(0) AS converted_sessions_
    FROM
    (
        SELECT
            person_id, session_id, active, engaged, page_views, events, engagement_ms, channel, term, dimension, started_at, ended_at,
            traffic_roles(toDate(started_at, zone), {since:Date}, {until:Date}, {grain:String}) AS roles,
            roles = traffic_roles(toDate(ended_at, zone), {since:Date}, {until:Date}, {grain:String}) AS whole
        FROM footfall.visits(site = {site:String}, start = start, end = end, by = {by:String})
    )
    GROUP BY cell, dimension
    UNION ALL
    -- Sessions over the end of a period: their events one by one.
    SELECT
        arrayJoin(traffic_roles(toDate(e.event_time, zone), {since:Date}, {until:Date}, {grain:String})) AS cell,
        v.dimension AS dimension,
        0, 0, 0, countIf(e.event_name = 'page_view'), count(), 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM
    (
        SELECT session_id, event_time, event_name
        FROM footfall.event_rows FINAL
        WHERE site = {site:String} AND event_time >= start AND event_time < end
    ) AS e
    INNER JOIN
    (
        SELECT arrayJoin(arrayConcat([s.session_id], a.absorbed)) AS session_id, s.dimension AS dimension
        FROM footfall.visits(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = {by:String}) AS s
        LEFT ANY JOIN
        (
            SELECT root, groupArray(session_id) AS absorbed FROM footfall.session_aliases FINAL WHERE site = {site:String} GROUP BY root
        ) AS a ON a.root = s.session_id
        WHERE traffic_roles(toDate(s.started_at, zone), {since:Date}, {until:Date}, {grain:String}) != traffic_roles(toDate(s.ended_at, zone), {since:Date}, {until:Date}, {grain:String}) OR s.started_at < start
    ) AS v ON v.session_id = e.session_id
    GROUP BY cell, dimension
    UNION ALL
    SELECT
        arrayJoin(if(bought, traffic_roles(toDate(at, zone), {since:Date}, {until:Date}, {grain:String}), if(active, traffic_roles(toDate(started_at, zone), {since:Date}, {until:Date}, {grain:String}), []))) AS cell,
        dimension,
        0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0,
        countIf(bought), uniqExactIf(person_id, bought), sumIf(ifNull(reporting_net, 0), bought), countIf(bought AND reporting_net IS NULL),
        uniqExactIf(session_id, NOT bought)
    FROM footfall.visit_orders(site = {site:String}, start = start, end = end + INTERVAL 48 HOUR, by = {by:String})
    ARRAY JOIN [1, 0] AS bought
    GROUP BY cell, dimension
)
GROUP BY role, period, dimension
SETTINGS do_not_merge_across_partitions_select_final = 1;
