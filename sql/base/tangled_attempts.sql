-- Grain: one person with a first-step event between since and until (and one period of entries, where `grain` is not '').
-- Parameters: as funnel_attempts: site String, since, until Date, steps Array(String), within UInt64 (seconds), mode, grain, by String.
-- Definition: as funnel_attempts, of any steps and mode: windowFunnel tells the depth; the shown attempt is found backwards from its
--   deepest step, or, where one event may stand for two steps or end an attempt, by following each attempt on its own.
-- Source: entered_people.
CREATE OR REPLACE VIEW footfall.tangled_attempts AS
WITH
    {within:UInt64} * 1000 AS window_ms,
    required_bits({steps:Array(String)}) AS bits
SELECT
    person_key,
    person_id,
    entry_session_key,
    period,
    depth,
    mature_depth,
    open,
    t,
    m,
    multiIf(
        NOT walked, [entered_ms],
        hard, arraySort(x -> (-toInt64(length(x)), x[-1], -toInt64(x[1])), tries)[1],
        arrayFold((x, s) -> arrayPushBack(x, arrayFirst(y -> y >= x[-1] + apart, s)), arrayPopFront(filled), [soft_entry])) AS times
-- One query inside the other, each with what the next needs: an alias that is read twice in one query is worked into its plan
-- twice, and a lambda copies the arrays that it reads for each element.
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
                if(hard, [], arrayMap(k -> arrayFilter((x, y, f) -> if(k = 1, f, bitTest(y, bits[k])), t, m, first), range(1, soft_depth + 1))) AS filled
            FROM
            (
                SELECT
                    *,
                    if({mode:String} IN ('strict_order', 'strict_deduplication'), toUInt8(0), arrayReduce(
                    concat('windowFunnel(', toString({within:UInt64} * 1000), ', ''strict_once''', if({mode:String} = 'strict_increase', ', ''strict_increase'')', ')')),
                    t, first, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12)) AS soft_depth,
                    -- Only those with an open attempt can differ: of the others nothing is worked out twice.
                    if({mode:String} IN ('strict_order', 'strict_deduplication'), toUInt8(0), arrayReduce(
                    concat('windowFunnel(', toString({within:UInt64} * 1000), ', ''strict_once''', if({mode:String} = 'strict_increase', ', ''strict_increase'')', ')')),
                    if(open, t, []), if(open, arrayMap((x, f) -> f AND x + window_ms <= now_ms, t, first), []), if(open, f2, []), if(open, f3, []), if(open, f4, []), if(open, f5, []), if(open, f6, []), if(open, f7, []), if(open, f8, []), if(open, f9, []), if(open, f10, []), if(open, f11, []), if(open, f12, []))) AS soft_mature_depth,
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
                        arrayMap(x -> bitTest(x, bits[2]), m) AS f2,
                        arrayMap(x -> bitTest(x, bits[3]), m) AS f3,
                        arrayMap(x -> bitTest(x, bits[4]), m) AS f4,
                        arrayMap(x -> bitTest(x, bits[5]), m) AS f5,
                        arrayMap(x -> bitTest(x, bits[6]), m) AS f6,
                        arrayMap(x -> bitTest(x, bits[7]), m) AS f7,
                        arrayMap(x -> bitTest(x, bits[8]), m) AS f8,
                        arrayMap(x -> bitTest(x, bits[9]), m) AS f9,
                        arrayMap(x -> bitTest(x, bits[10]), m) AS f10,
                        arrayMap(x -> bitTest(x, bits[11]), m) AS f11,
                        arrayMap(x -> bitTest(x, bits[12]), m) AS f12,
                        arrayExists(x -> bitCount(bitAnd(x, required_mask({steps:Array(String)}))) > 1, m) AS overlap,
                        {mode:String} IN ('strict_order', 'strict_deduplication') AND walked
                            OR ({mode:String} = '' AND overlap AND arrayExists(x -> x = 0, arrayPopFront(arrayDifference(t)))) AS hard,
                        toUInt64(overlap OR {mode:String} = 'strict_increase') AS apart
                    FROM footfall.entered_people(
                        site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
                        mode = {mode:String}, grain = {grain:String}, by = {by:String})
                )
            )
        )
    )
);
