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
-- Source: plain_attempts, tangled_attempts (`merge` plans only the one that is named; they take the same parameters), session_aliases, visit_dimensions.
CREATE OR REPLACE VIEW footfall.funnel_attempts AS
WITH
    site_zone({site:String}) AS zone,
    required_bits({steps:Array(String)}) AS bits,
    -- Of each step: how many required ones come up to it, itself included.
    arrayMap(i -> toUInt8(arrayCount(s -> NOT step_optional(s), arraySlice({steps:Array(String)}, 1, i))), arrayEnumerate({steps:Array(String)})) AS ranks
SELECT
    a.person_key AS person_key,
    a.person_id AS person_id,
    a.period AS period,
    v.dimension AS dimension,
    a.depth AS depth,
    a.mature_depth AS mature_depth,
    a.open AS open,
    a.times[1] AS entered_ms,
    if(NOT arrayExists(s -> step_optional(s), {steps:Array(String)}),
        arrayResize(a.times, length({steps:Array(String)}), 0),
        arrayMap(
            (s, i, r) -> if(NOT step_optional(s),
                a.times[r],
                arrayFirst(
                    (t, m) -> bitTest(m, i - 1) AND t >= a.times[r] AND t <= a.times[r + 1]
                        AND NOT (t = a.times[r] AND bitTest(m, bits[r])) AND NOT (t = a.times[r + 1] AND bitTest(m, bits[r + 1])),
                    if(length(a.times) > r, a.t, emptyArrayUInt64()),
                    if(length(a.times) > r, a.m, emptyArrayUInt16()))),
            {steps:Array(String)}, arrayEnumerate({steps:Array(String)}), ranks)) AS step_times
FROM
(
    SELECT person_key, person_id, entry_session_key, period, depth, mature_depth, open, times, t, m
    -- The database by its name with a point, as migrate replaces it.
    FROM merge(
        replaceOne('footfall.', '.', ''),
        if(steps_tangled({steps:Array(String)}, {mode:String}), '^tangled_attempts$', '^plain_attempts$'))
    WHERE {within:UInt64} > 0 AND {until:Date} >= {since:Date} AND {grain:String} IN ('', 'day', 'week', 'month')
) AS a
LEFT ANY JOIN
(
    SELECT cityHash64(session_id) AS raw_session_key, cityHash64(root) AS root_key
    FROM footfall.session_aliases FINAL
    WHERE site = {site:String} AND {by:String} != ''
) AS r
    ON r.raw_session_key = a.entry_session_key
-- To read which sessions have such an event takes longer than to join them all.
LEFT ANY JOIN footfall.visit_dimensions(
    site = {site:String}, start = day_start({since:Date}, zone) - INTERVAL 48 HOUR, end = day_start({until:Date} + 1, zone), by = {by:String}) AS v
    ON v.session_key = if(r.root_key = 0, a.entry_session_key, r.root_key);
