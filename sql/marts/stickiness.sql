-- Grain: one local day × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), by String (of the session).
-- Definition: dau = people with an active session on the day; wau, mau = in the 7 and 30 days that end with it; dau_per_mau;
--   people_1_session … people_11_sessions = of those of mau, how many had so many active sessions in the 30 days;
--   median_days_between_visits = of the day's people who were there on an earlier day of the 90 days before since or later:
--   days since the last one.
-- Source: visits, as_of.
CREATE OR REPLACE VIEW footfall.stickiness AS
WITH
    site_zone({site:String}) AS zone,
    least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)) AS last_day
SELECT
    day AS period,
    toDateTime(day, zone) AS at,
    dimension,
    dau,
    wau,
    mau,
    if(mau = 0, NULL, dau / mau) AS dau_per_mau,
    people_1_session,
    people_2_sessions,
    people_3_to_5_sessions,
    people_6_to_10_sessions,
    people_11_sessions,
    median_days_between_visits
FROM
(
    SELECT
        day,
        dimension,
        sum(sum(if(kind = 0, change, 0))) OVER w AS dau_,
        toUInt64(dau_) AS dau,
        toUInt64(sum(sum(if(kind = 1, change, 0))) OVER w) AS wau,
        toUInt64(sum(sum(if(kind >= 2, change, 0))) OVER w) AS mau,
        toUInt64(sum(sum(if(kind = 2, change, 0))) OVER w) AS people_1_session,
        toUInt64(sum(sum(if(kind = 3, change, 0))) OVER w) AS people_2_sessions,
        toUInt64(sum(sum(if(kind = 4, change, 0))) OVER w) AS people_3_to_5_sessions,
        toUInt64(sum(sum(if(kind = 5, change, 0))) OVER w) AS people_6_to_10_sessions,
        toUInt64(sum(sum(if(kind = 6, change, 0))) OVER w) AS people_11_sessions,
        quantileExactInclusiveOrNullIf(0.5)(gap, gap > 0) AS median_days_between_visits,
        max(asked) AS asked
    FROM
    (
        -- Each person's presence as steps up and down: they enter a count on one day and leave it on another.
        SELECT
            dimension,
            toDate(e.1) AS day,
            toUInt8(e.2) AS kind,
            toInt64(e.3) AS change,
            toInt64(e.4) AS gap,
            toUInt8(0) AS asked
        FROM
        (
            -- In a query of its own: an arrayJoin over a lambda would be worked out once for each column that reads it.
            SELECT
                dimension,
                arrayJoin(arrayConcat(
                    arrayFlatten(arrayMap(d -> [(d, 0, 1, 0), (d + 1, 0, -1, 0)], days)),
                    arrayFlatten(arrayMap((d, i) -> [(d, 1, 1, 0), (least(d + 7, if(i < length(days), days[i + 1], d + 7)), 1, -1, 0)], days, arrayEnumerate(days))),
                    arrayFlatten(arrayMap((p, n, next) -> if(n = 0, [], [(p, bucket_of_sessions(n), 1, 0), (next, bucket_of_sessions(n), -1, 0)]), turns, held, arrayPushBack(arrayPopFront(turns), turns[-1]))),
                    arrayFilter(x -> x.4 > 0, arrayMap((d, i) -> (d, 9, 0, if(i = 1, 0, toInt64(d - days[i - 1]))), days, arrayEnumerate(days))))) AS e
            FROM
            (
                SELECT
                    dimension,
                    person_key,
                    groupArray((d, n)) AS counted,
                    arraySort(x -> x.1, counted) AS sorted,
                    sorted.1 AS days,
                    sorted.2 AS counts,
                    -- The 30 days' sum changes when a day enters and when it leaves.
                    arraySort(arrayDistinct(arrayConcat(days, arrayMap(d -> d + 30, days)))) AS turns,
                    arrayMap(p -> arraySum((d, c) -> if(d <= p AND d > p - 30, c, 0), days, counts), turns) AS held
                FROM
                (
                    SELECT dimension, person_key, toDate(started_at, zone) AS d, count() AS n
                    FROM footfall.visits(site = {site:String}, start = day_start({since:Date} - 90, zone), end = day_start({until:Date} + 1, zone), by = dated_by({by:String}, {since:Date}))
                    WHERE active
                    GROUP BY dimension, person_key, d
                )
                GROUP BY dimension, person_key
            )
        )
        UNION ALL
        SELECT '', arrayJoin(period_list({since:Date}, last_day, 'day')), 0, 0, 0, 1
        WHERE {by:String} = ''
        UNION ALL
        SELECT DISTINCT dimension, arrayJoin(period_list({since:Date}, last_day, 'day')), 0, 0, 0, 1
        FROM footfall.visits(site = {site:String}, start = day_start({since:Date} - 90, zone), end = day_start({until:Date} + 1, zone), by = dated_by({by:String}, {since:Date}))
        WHERE {by:String} != '' AND active
    )
    GROUP BY day, dimension
    WINDOW w AS (PARTITION BY dimension ORDER BY day)
)
WHERE asked
    AND (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
ORDER BY day, dimension;
