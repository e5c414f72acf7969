-- Grain: one person with a first-step event between since and until (and one period of entries, where `grain` is not '').
-- Parameters: as funnel_attempts: site String, since, until Date, steps Array(String), within UInt64 (seconds), mode, grain, by String.
-- Definition: as funnel_attempts, of steps of which no event can fill two. Step by step: of each event the latest entry from which the step
--   is reached by then, 0 for none; so depth, the first event that reaches the deepest step, and the latest entry that leads to it.
-- Source: entered_people.
CREATE OR REPLACE VIEW footfall.plain_attempts AS
WITH
    {within:UInt64} * 1000 AS window_ms,
    required_bits({steps:Array(String)}) AS bits,
    toUInt64({mode:String} = 'strict_increase') AS apart
SELECT
    person_key,
    person_id,
    entry_session_key,
    period,
    best.2 AS depth,
    if(open, mature_best.2, best.2) AS mature_depth,
    open,
    t,
    m,
    -- The inner steps at their earliest. Those who never walked have no t: for them all of this is their first entry.
    arrayFold(
        (s, x, y) -> if(bitTest(y, bits[length(s) + 1]) AND x >= s[-1] + apart, arrayPushBack(s, x), s),
        arraySlice(t, at, best.3 - at + 1),
        arraySlice(m, at, best.3 - at + 1),
        [best.4]) AS times
FROM
(
    SELECT *, toUInt32(greatest(1, indexOf(t, best.4))) AS at
    FROM
    (
        SELECT
            *,
            arrayFold(
                (s, b) -> (
                    arrayFill(e -> e > 0, arrayMap((x, y, e) -> if(bitTest(y, b) AND e > 0 AND x <= e + window_ms, e, 0), t, m, s.1)) AS reached,
                    toUInt8(s.2 + (reached[-1] > 0)),
                    if(reached[-1] > 0, toUInt32(arrayFirstIndex(e -> e > 0, reached)) AS first_reached, s.3),
                    if(reached[-1] > 0, reached[first_reached], s.4)),
                -- Of those who never walked there is nothing to fold: without this it would be gone through for all of them.
                if(walked, arrayFilter(b -> b < 15, arraySlice(bits, 2)), []),
                (arrayFill(e -> e > 0, arrayMap((x, f) -> if(f, x, 0), t, first)), toUInt8(1), toUInt32(arrayFirstIndex(f -> f, first)), entered_ms)) AS best,
            -- The same from the entries whose window has passed; of those with an open one only, for the others it is the same.
            arrayFold(
                (s, b) -> (
                    arrayFill(e -> e > 0, arrayMap((x, y, e) -> if(bitTest(y, b) AND e > 0 AND x <= e + window_ms, e, 0), if(open, t, []), if(open, m, []), s.1)) AS reached_,
                    toUInt8(s.2 + (reached_[-1] > 0))),
                if(walked AND open, arrayFilter(b -> b < 15, arraySlice(bits, 2)), []),
                (arrayFill(e -> e > 0, arrayMap((x, f) -> if(f AND x + window_ms <= now_ms, x, 0), if(open, t, []), if(open, first, []))), toUInt8(mature_entry))) AS mature_best
        FROM footfall.entered_people(
            site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
            mode = {mode:String}, grain = {grain:String}, by = {by:String})
    )
);
