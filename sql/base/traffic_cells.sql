-- Grain: one role (0: the period itself, 1: the period before it, 2: the same weekdays a year before) × period × dimension.
-- Parameters: site String, since, until Date, grain, by String.
-- Definition: sessions, people and what is counted by them: in the local period of the session's start, active sessions
--   only. events and page_views: at their own time (sessions over a midnight are split event by event). orders,
--   buyers and revenue (minor units of the site's currency; orders_without_rate are not in it): at purchase time. new_people:
--   their first active session ever. converted_sessions: with an order. brand_searches: organic search sessions whose term
--   has one of the site's brand terms.
-- Source: visits, crossing_sessions, crossing_dimensions, event_rows, visit_orders, report_days.
CREATE OR REPLACE VIEW footfall.traffic_cells AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date} - 364, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    cell.1 AS role,
    cell.2 AS period,
    dimension,
    uniqExactMerge(people_) AS people,
    sum(new_people_) AS new_people,
    sum(sessions_) AS sessions,
    sum(page_views_) AS page_views,
    sum(events_) AS events,
    sum(engaged_sessions_) AS engaged_sessions,
    sum(single_page_sessions_) AS single_page_sessions,
    sum(session_pages_) AS session_pages,
    quantileExactInclusiveOrNullMerge(0.5)(durations_) / 1000 AS median_session_seconds,
    sum(engagement_ms_) AS engagement_ms,
    sum(direct_sessions_) AS direct_sessions,
    sum(searches_) AS organic_searches,
    sum(brand_searches_) AS brand_searches,
    sum(orders_) AS orders,
    uniqExactMerge(buyers_) AS buyers,
    sum(revenue_) AS revenue,
    sum(orders_without_rate_) AS orders_without_rate,
    sum(converted_sessions_) AS converted_sessions
FROM
(
    -- Days that count for the same periods are one group, so that each session is counted once whatever it counts for.
    SELECT
        d.own AS own, d.after AS after, d.later AS later, s.dimension AS dimension,
        uniqExactStateIf(s.person_key, s.active) AS people_,
        toUInt64(0) AS new_people_,
        countIf(s.active) AS sessions_,
        sumIf(s.page_views, s.whole) AS page_views_,
        sumIf(s.events, s.whole) AS events_,
        countIf(s.active AND s.engaged) AS engaged_sessions_,
        countIf(s.active AND s.page_views = 1) AS single_page_sessions_,
        sumIf(s.page_views, s.active) AS session_pages_,
        quantileExactInclusiveOrNullState(0.5)(if(s.active, s.duration_ms, NULL)) AS durations_,
        sumIf(s.engagement_ms, s.active) AS engagement_ms_,
        countIf(s.active AND s.channel = 'Direct') AS direct_sessions_,
        countIf(s.active AND s.channel = 'Organic Search') AS searches_,
        countIf(s.active AND s.channel = 'Organic Search'
            AND arrayExists(b -> positionCaseInsensitiveUTF8(s.term, b) > 0, site_brand_terms({site:String}))) AS brand_searches_,
        toUInt64(0) AS orders_, uniqExactStateIf(toUInt64(0), false) AS buyers_, toInt64(0) AS revenue_, toUInt64(0) AS orders_without_rate_, toUInt64(0) AS converted_sessions_
    FROM
    (
        SELECT
            person_key, active, engaged, page_views, events, engagement_ms, channel, term, dimension,
            toUnixTimestamp64Milli(ended_at) - toUnixTimestamp64Milli(started_at) AS duration_ms,
            toDate(started_at, zone) AS day,
            day = toDate(ended_at, zone) AS whole
        FROM footfall.visits(site = {site:String}, start = start, end = end, by = {by:String})
    ) AS s
    LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = s.day
    GROUP BY own, after, later, dimension
    UNION ALL
    -- Each person once, for the day of their first session ever.
    SELECT
        d.own AS own, d.after AS after, d.later AS later, p.dimension AS dimension,
        uniqExactStateIf(toUInt64(0), false), count(), 0, 0, 0, 0, 0, 0,
        quantileExactInclusiveOrNullState(0.5)(CAST(NULL, 'Nullable(Int64)')), 0, 0, 0, 0, 0, uniqExactStateIf(toUInt64(0), false), 0, 0, 0
    FROM
    (
        SELECT
            toDate(min(started_at), zone) AS day,
            if({by:String} = '', '', argMin(v.dimension, visit_place(started_at, visitor_key))) AS dimension
        FROM footfall.visits(site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = end, by = {by:String}) AS v
        WHERE active
        GROUP BY person_key
    ) AS p
    LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = p.day
    GROUP BY own, after, later, dimension
    UNION ALL
    -- Sessions over a midnight: their events one by one.
    SELECT
        d.own AS own, d.after AS after, d.later AS later, e.dimension AS dimension,
        uniqExactStateIf(toUInt64(0), false), 0, 0, countIf(e.event_name = 'page_view'), count(), 0, 0, 0,
        quantileExactInclusiveOrNullState(0.5)(CAST(NULL, 'Nullable(Int64)')), 0, 0, 0, 0, 0, uniqExactStateIf(toUInt64(0), false), 0, 0, 0
    FROM
    (
        SELECT toDate(r.event_time, zone) AS day, r.event_name AS event_name, c.dimension AS dimension
        FROM
        (
            SELECT session_key, event_time, event_name
            FROM footfall.event_rows FINAL
            PREWHERE session_key IN (
                SELECT raw_session_key
                FROM footfall.crossing_sessions(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = ''))
            WHERE site = {site:String} AND event_time >= start AND event_time < end
        ) AS r
        LEFT ANY JOIN footfall.crossing_dimensions(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = {by:String}) AS c
            ON c.raw_session_key = r.session_key
    ) AS e
    LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = e.day
    GROUP BY own, after, later, dimension
    UNION ALL
    SELECT
        d.own AS own, d.after AS after, d.later AS later, o.dimension AS dimension,
        uniqExactStateIf(toUInt64(0), false), 0, 0, 0, 0, 0, 0, 0,
        quantileExactInclusiveOrNullState(0.5)(CAST(NULL, 'Nullable(Int64)')), 0, 0, 0, 0,
        countIf(o.bought), uniqExactStateIf(o.person_key, o.bought), sumIf(ifNull(o.reporting_net, 0), o.bought), countIf(o.bought AND o.reporting_net IS NULL),
        uniqExactIf(o.session_key, NOT o.bought)
    FROM
    (
        -- Each order twice: for the day on which it was bought, and for the one on which its session began.
        SELECT person_key, session_key, reporting_net, dimension, bought, toDate(if(bought, at, started_at), zone) AS day
        FROM footfall.visit_orders(site = {site:String}, start = start, end = end + INTERVAL 48 HOUR, by = {by:String})
        ARRAY JOIN [true, false] AS bought
        WHERE bought OR active
    ) AS o
    LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = o.day
    GROUP BY own, after, later, dimension
)
ARRAY JOIN [(toUInt8(0), own), (toUInt8(1), after), (toUInt8(2), later)] AS cell
WHERE cell.2 > toDate(0)
GROUP BY role, period, dimension
SETTINGS do_not_merge_across_partitions_select_final = 1;
