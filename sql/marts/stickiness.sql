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
        toString(few) AS dimension,
        toUInt64(sumIf(n, kind >= 16)) AS dau,
        toUInt64(sum(sumIf(n, kind = 0) - sumIf(n, kind = 8)) OVER w) AS wau,
        people_1_session + people_2_sessions + people_3_to_5_sessions + people_6_to_10_sessions + people_11_sessions AS mau,
        toUInt64(sum(sumIf(n, kind = 2) - sumIf(n, kind = 10)) OVER w) AS people_1_session,
        toUInt64(sum(sumIf(n, kind = 3) - sumIf(n, kind = 11)) OVER w) AS people_2_sessions,
        toUInt64(sum(sumIf(n, kind = 4) - sumIf(n, kind = 12)) OVER w) AS people_3_to_5_sessions,
        toUInt64(sum(sumIf(n, kind = 5) - sumIf(n, kind = 13)) OVER w) AS people_6_to_10_sessions,
        toUInt64(sum(sumIf(n, kind = 6) - sumIf(n, kind = 14)) OVER w) AS people_11_sessions,
        quantileExactWeightedInterpolatedOrNullIf(0.5)(kind - 16, toUInt64(n), kind > 16) AS median_days_between_visits,
        max(asked) AS asked
    FROM
    (
        -- Each person's presence as steps up and down: they enter a count on one day and leave it on another. A step is one number, day · 1024 +
        -- kind: 0 into wau, 2 to 6 into a count of sessions, 8 more for out of it; 16 + days since the last visit: there on the day (16: the first).
        SELECT few, toDate(toUInt16(intDiv(code, 1024))) AS day, toInt64(code % 1024) AS kind, toInt64(count()) AS n, toUInt8(0) AS asked
        FROM
        (
            SELECT
                few,
                arrayJoin(arrayConcat(
                    arrayMap((d, gap) -> d * 1024 + 16 + gap, days, gaps),
                    arrayFilter((x, gap) -> gap = 0 OR gap >= 7, arrayMap(d -> d * 1024, days), gaps),
                    arrayFilter((x, gap) -> gap = 0 OR gap >= 7, arrayMap(d -> (d + 7) * 1024 + 8, days), arrayPushBack(arrayPopFront(gaps), 0)),
                    arrayFilter((x, was, is) -> was != is AND is > 0, arrayMap((d, is) -> d * 1024 + is, turns, kinds), arrayPopBack(arrayPushFront(kinds, 0)), kinds),
                    arrayFilter((x, was, is) -> was != is AND was > 0, arrayMap((d, was) -> d * 1024 + 8 + was, turns, arrayPopBack(arrayPushFront(kinds, 0))), arrayPopBack(arrayPushFront(kinds, 0)), kinds))) AS code
            FROM
            (
                SELECT
                    few,
                    arraySort(groupArray(toUInt64(d) * 1048576 + n)) AS counted,
                    arrayMap(x -> intDiv(x, 1048576), counted) AS days,
                    arrayMap(g -> toUInt64(g), arrayDifference(days)) AS gaps,
                    -- The 30 days' sum changes when a day enters and when it leaves.
                    arraySort(arrayConcat(
                        arrayMap(x -> toInt64(x + 524288), counted),
                        arrayMap(x -> toInt64(intDiv(x, 1048576) + 30) * 1048576 + 524288 - x % 1048576, counted))) AS changes,
                    arrayMap(x -> toUInt64(intDiv(x, 1048576)), changes) AS turns,
                    arrayMap(n -> if(n = 0, 0, bucket_of_sessions(n)), arrayCumSum(arrayMap(x -> x % 1048576 - 524288, changes))) AS kinds
                FROM
                (
                    SELECT toLowCardinality(v.dimension) AS few, person_key, toUInt16(toDate(started_at, zone)) AS d, least(count(), 524287) AS n
                    FROM footfall.visits(site = {site:String}, start = day_start({since:Date} - 90, zone), end = day_start({until:Date} + 1, zone), by = dated_by({by:String}, {since:Date})) AS v
                    WHERE active
                    GROUP BY few, person_key, d
                )
                GROUP BY few, person_key
            )
        )
        GROUP BY few, code
        UNION ALL
        SELECT toLowCardinality(''), arrayJoin(period_list({since:Date}, last_day, 'day')), 7, 0, 1
        WHERE {by:String} = ''
        UNION ALL
        SELECT DISTINCT toLowCardinality(dimension), arrayJoin(period_list({since:Date}, last_day, 'day')), 7, 0, 1
        FROM footfall.visits(site = {site:String}, start = day_start({since:Date} - 90, zone), end = day_start({until:Date} + 1, zone), by = dated_by({by:String}, {since:Date}))
        WHERE {by:String} != '' AND active
    )
    GROUP BY day, few
    WINDOW w AS (PARTITION BY few ORDER BY day)
)
WHERE asked
    AND (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
ORDER BY day, dimension;
