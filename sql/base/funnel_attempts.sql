-- Grain: one person with a first-step event between since and until (and one period of entries, where `grain` is not '').
-- Parameters: site String, since, until Date, steps Array(String), within UInt64 (seconds), mode, grain, by String.
-- Definition: every first-step event in the period opens an attempt of `within` seconds, exact to the ms, end in; one event
--   fills one step; events of one time may come in either order. depth = required steps reached by the best attempt;
--   mature_depth = by attempts whose window as_of has passed; open: an attempt's window has not. step_times (ms, one a step,
--   0: not reached) are of the shown attempt: the deepest; of those the one whose deepest step came first; of those the
--   latest entry; inner steps at their earliest. An optional step is reached if it lies between its required neighbours.
--   strict_order: the next step is the very next page view or shop event; strict_deduplication: an attempt ends at an event
--   that only repeats a step after the first that it has; strict_increase: times rise. In the first two, events of one time
--   stand in the order of the steps. dimension: of the session of the person's first entry.
-- Source: step_people, visits, session_aliases, as_of.
CREATE OR REPLACE VIEW footfall.funnel_attempts AS
WITH
    site_zone({site:String}) AS zone,
    assumeNotNull((SELECT toUInt64(toUnixTimestamp64Milli(as_of)) FROM footfall.as_of)) AS now_ms,
    {within:UInt64} * 1000 AS window_ms,
    toUInt64(toUnixTimestamp64Milli(day_start({since:Date}, zone))) AS from_ms,
    toUInt64(toUnixTimestamp64Milli(day_start({until:Date} + 1, zone))) AS to_ms,
    -- The bit of each required step; bit 15, which is never set, after the last.
    (SELECT arrayResize(arrayFilter(i -> NOT step_optional({steps:Array(String)}[i + 1]), range(length({steps:Array(String)}))), 13, 15)) AS bits,
    assumeNotNull((SELECT toUInt16(arraySum((s, i) -> if(step_optional(s), 0, bitShiftLeft(1, i - 1)), {steps:Array(String)}, arrayEnumerate({steps:Array(String)}))))) AS required_mask,
    -- Of each step: how many required ones come up to it, itself included.
    (SELECT arrayMap(i -> toUInt8(arrayCount(s -> NOT step_optional(s), arraySlice({steps:Array(String)}, 1, i))), arrayEnumerate({steps:Array(String)}))) AS ranks
SELECT
    a.person_id AS person_id,
    a.period AS period,
    v.dimension AS dimension,
    a.depth AS depth,
    a.mature_depth AS mature_depth,
    a.open AS open,
    a.times[1] AS entered_ms,
    arrayMap(
        (s, i, r) -> if(NOT step_optional(s),
            a.times[r],
            arrayFirst(
                (t, m) -> bitTest(m, i - 1) AND t >= a.times[r] AND t <= a.times[r + 1]
                    AND NOT (t = a.times[r] AND bitTest(m, bits[r])) AND NOT (t = a.times[r + 1] AND bitTest(m, bits[r + 1])),
                if(length(a.times) > r, a.between_t, emptyArrayUInt64()),
                if(length(a.times) > r, a.between_m, emptyArrayUInt16()))),
        {steps:Array(String)}, arrayEnumerate({steps:Array(String)}), ranks) AS step_times
-- One query inside the other, each with what the next needs: an alias that is read twice in one query is worked into its plan
-- twice, and a lambda copies the arrays that it reads for each element.
FROM
(
    SELECT
        person_id,
        entry_session_id,
        period,
        depth,
        mature_depth,
        open,
        if(arrayExists(s -> step_optional(s), {steps:Array(String)}), t, []) AS between_t,
        if(arrayExists(s -> step_optional(s), {steps:Array(String)}), m, []) AS between_m,
        multiIf(
            NOT walked, [entered],
            hard, arraySort(x -> (-toInt64(length(x)), x[-1], -toInt64(x[1])), tries)[1],
            arrayFold((x, s) -> arrayPushBack(x, arrayFirst(y -> y >= x[-1] + apart, s)), arrayPopFront(filled), [soft_entry])) AS times
    FROM
    (
        SELECT
            *,
            arrayFold((x, s) -> arrayLast(y -> y + apart <= x, s), before_last, soft_end) AS soft_entry
        FROM
        (
            SELECT
                *,
                arrayReverse(arrayPopBack(filled)) AS before_last,
                if(empty(filled),
                    0,
                    arrayFirst(c -> arrayFold((x, s) -> arrayLast(y -> y + apart <= x, s), before_last, c) + window_ms >= c, filled[-1])) AS soft_end
            FROM
            (
                SELECT
                    *,
                    multiIf(NOT walked, toUInt8(1), hard, toUInt8(arrayMax(x -> length(x), tries)), soft_depth) AS depth,
                    multiIf(
                        NOT open, depth,
                        NOT walked, toUInt8(mature_entry),
                        hard, toUInt8(arrayMax(x -> if(x[1] + window_ms <= now_ms, length(x), 0), tries)),
                        soft_mature_depth) AS mature_depth,
                    -- The easy way to the shown attempt: back from each time of the deepest step, to the latest entry that leads to
                    -- it; the first that keeps the window is it. Steps that one event could fill twice are kept apart by rising times.
                    if(hard, [], arrayMap(k -> arrayFilter((x, y, f) -> if(k = 1, f, bitTest(y, bits[k])), walk_t, walk_m, walk_first), range(1, soft_depth + 1))) AS filled
                FROM
                (
                    SELECT
                        *,
                        if({mode:String} IN ('strict_order', 'strict_deduplication'), toUInt8(0), arrayReduce(
                        concat('windowFunnel(', toString({within:UInt64} * 1000), ', ''strict_once''', if({mode:String} = 'strict_increase', ', ''strict_increase'')', ')')),
                        walk_t, walk_first, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12)) AS soft_depth,
                        -- Only those with an open attempt can differ: of the others nothing is worked out twice.
                        if({mode:String} IN ('strict_order', 'strict_deduplication'), toUInt8(0), arrayReduce(
                        concat('windowFunnel(', toString({within:UInt64} * 1000), ', ''strict_once''', if({mode:String} = 'strict_increase', ', ''strict_increase'')', ')')),
                        if(open, walk_t, []), if(open, arrayMap((x, f) -> f AND x + window_ms <= now_ms, walk_t, walk_first), []), if(open, f2, []), if(open, f3, []), if(open, f4, []), if(open, f5, []), if(open, f6, []), if(open, f7, []), if(open, f8, []), if(open, f9, []), if(open, f10, []), if(open, f11, []), if(open, f12, []))) AS soft_mature_depth,
                        -- The hard way, for the few: each attempt on its own, as the times at which its steps are reached.
                        arrayMap(
                            i -> if({mode:String} IN ('strict_order', 'strict_deduplication'),
                                arrayFold(
                                    (s, x, y) -> multiIf(
                                        s.1, s,
                                        bitTest(y, bits[length(s.2) + 1]), (s.1, arrayPushBack(s.2, x)),
                                        {mode:String} = 'strict_order' OR arrayExists(b -> bitTest(y, b), arraySlice(bits, 2, length(s.2) - 1)), (toUInt8(1), s.2),
                                        s),
                                    arrayFilter(x -> x <= t[i] + window_ms, arraySlice(t, i + 1)),
                                    arraySlice(m, i + 1, length(arrayFilter(x -> x <= t[i] + window_ms, arraySlice(t, i + 1)))),
                                    (toUInt8(0), [t[i]])).2,
                                arrayFilter(x -> x > 0, arrayMap(
                                    k -> arrayFirst(
                                        c -> arrayReduce(
                                            concat('windowFunnel(', toString({within:UInt64} * 1000), ', ''strict_once'')'),
                                            arrayFilter(x -> x >= t[i] AND x <= c, t),
                                            arrayMap((x, j) -> j = i, arrayFilter(x -> x >= t[i] AND x <= c, t), arrayFilter((j, x) -> x >= t[i] AND x <= c, arrayEnumerate(t), t)),
                                            arrayFilter((y, x) -> x >= t[i] AND x <= c, f2, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f3, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f4, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f5, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f6, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f7, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f8, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f9, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f10, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f11, t), arrayFilter((y, x) -> x >= t[i] AND x <= c, f12, t)) >= k,
                                        arrayFilter(x -> x >= t[i], t)),
                                    range(1, 13)))),
                            if(hard, arrayFilter((i, f) -> f, arrayEnumerate(t), first), [])) AS tries
                    FROM
                    (
                        SELECT
                            *,
                            arrayMap(x -> bitTest(x, bits[2]), walk_m) AS f2,
                            arrayMap(x -> bitTest(x, bits[3]), walk_m) AS f3,
                            arrayMap(x -> bitTest(x, bits[4]), walk_m) AS f4,
                            arrayMap(x -> bitTest(x, bits[5]), walk_m) AS f5,
                            arrayMap(x -> bitTest(x, bits[6]), walk_m) AS f6,
                            arrayMap(x -> bitTest(x, bits[7]), walk_m) AS f7,
                            arrayMap(x -> bitTest(x, bits[8]), walk_m) AS f8,
                            arrayMap(x -> bitTest(x, bits[9]), walk_m) AS f9,
                            arrayMap(x -> bitTest(x, bits[10]), walk_m) AS f10,
                            arrayMap(x -> bitTest(x, bits[11]), walk_m) AS f11,
                            arrayMap(x -> bitTest(x, bits[12]), walk_m) AS f12,
                            {mode:String} IN ('strict_order', 'strict_deduplication') AND walked
                                OR ({mode:String} = '' AND overlap AND arrayExists(x -> x = 0, arrayPopFront(arrayDifference(walk_t)))) AS hard,
                            toUInt64(overlap OR {mode:String} = 'strict_increase') AS apart
                        FROM
                        (
                            SELECT
                                *,
                                -- Most people never come to the second step: for them the first entry says all.
                                arrayExists(x -> bitTest(x, bits[2]), m) AS walked,
                                if(walked, t, []) AS walk_t,
                                if(walked, m, []) AS walk_m,
                                if(walked, first, []) AS walk_first,
                                arrayExists(x -> bitCount(bitAnd(x, required_mask)) > 1, walk_m) AS overlap,
                                arrayFirst((x, f) -> f, t, first) AS entered,
                                -- Times rise: the last entry is open if one is, the first is mature if one is.
                                arrayLast((x, f) -> f, t, first) + window_ms > now_ms AS open,
                                entered + window_ms <= now_ms AS mature_entry
                            FROM
                            (
                                SELECT
                                    person_id,
                                    entry_session_id,
                                    t,
                                    m,
                                    period,
                                    arrayMap((x, y) -> bitTest(y, 0) AND x >= from_ms AND x < to_ms
                                        AND ({grain:String} = '' OR period_start(toDate(fromUnixTimestamp64Milli(toInt64(x)), zone), {grain:String}) = period), t, m) AS first
                                FROM
                                (
                                    -- In a query of its own: an arrayJoin over a lambda would be worked out once for each column that reads it.
                                    SELECT
                                        person_id,
                                        entry_session_id,
                                        t,
                                        m,
                                        arrayJoin(if({grain:String} = '', [{since:Date}],
                                            arrayDistinct(arrayMap(x -> period_start(toDate(fromUnixTimestamp64Milli(toInt64(x)), zone), {grain:String}),
                                                arrayFilter((x, y) -> bitTest(y, 0) AND x >= from_ms AND x < to_ms, t, m))))) AS period
                                    FROM
                                    (
                                        SELECT
                                            person_id,
                                            entry_session_id,
                                            arrayMap(x -> intDiv(x, 4096), events) AS t,
                                            arrayMap(x -> toUInt16(x % 4096), events) AS m
                                        FROM footfall.step_people(
                                            site = {site:String},
                                            start = day_start({since:Date}, zone),
                                            end = day_start({until:Date} + 1, zone) + toIntervalMillisecond({within:UInt64} * 1000 + 1),
                                            until_start = day_start({until:Date} + 1, zone),
                                            steps = {steps:Array(String)}, mode = {mode:String}, by = {by:String})
                                        WHERE arrayExists(x -> bitTest(x, 0) AND intDiv(x, 4096) < to_ms, events)
                                    )
                                )
                            )
                        )
                    )
                )
            )
        )
    )
) AS a
LEFT ANY JOIN (SELECT session_id, root FROM footfall.session_aliases FINAL WHERE site = {site:String} AND {by:String} != '') AS r
    ON r.session_id = a.entry_session_id
LEFT ANY JOIN
(
    SELECT session_id, dimension
    FROM footfall.visits(
        site = {site:String}, start = day_start({since:Date}, zone) - INTERVAL 48 HOUR,
        -- Where no dimension is asked for, an end before the start: nothing is read.
        end = if({by:String} = '', toDateTime64(0, 3, 'UTC'), day_start({until:Date} + 1, zone)), by = {by:String})
) AS v ON v.session_id = if(r.root = '', a.entry_session_id, r.root);
