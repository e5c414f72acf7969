-- Grain: one dimension × step.
-- Parameters: site String, since, until Date (local days of the first step, both in), steps Array(String) (1 to 12: an event
--   name, 'a|b' for either, 'name?' for one that may be skipped, 'name:key=value' for a property: a field of the event or its
--   lines, else a key of its params, at most four different ones; channel, source, medium, campaign are as sent on that event: for
--   those of the session ask by), within UInt64 (seconds
--   from the first step to the last), mode String ('', strict_order, strict_deduplication, strict_increase), by String.
-- Definition: people = persons whose best attempt reached the step; pending = stopped at the step before with a window still
--   open; dropped = stopped there for good; mature_people = reached it by an attempt whose whole window as_of has passed;
--   mature_entrants = mature_people of step 1; conversion_from_start = mature_people / mature_entrants;
--   conversion_from_previous = mature_people / those of the required step before; NULL where nothing is mature. Seconds from
--   the required step before, in the shown attempt. An optional step has neither pending nor dropped. A person's dimension
--   is that of their first entry in the period.
-- Source: funnel_groups.
CREATE OR REPLACE VIEW footfall.funnel AS
WITH
    -- Of each step: how many required ones come up to it, itself included.
    arrayMap(i -> toUInt8(arrayCount(s -> NOT step_optional(s), arraySlice({steps:Array(String)}, 1, i))), arrayEnumerate({steps:Array(String)})) AS ranks
SELECT
    dimension,
    k AS step,
    {steps:Array(String)}[step] AS step_name,
    toUInt8(sumIf(n, mature_depth >= 1) > 0) AS mature,
    sumIf(n, reached) AS people,
    sumIf(n, stopped AND NOT open) AS dropped,
    sumIf(n, stopped AND open) AS pending,
    sumIf(n, mature_reached) AS mature_people,
    sumIf(n, mature_depth >= 1) AS mature_entrants,
    if(mature_entrants = 0, NULL, mature_people / mature_entrants) AS conversion_from_start,
    if(sumIf(n, mature_previous) = 0, NULL, mature_people / sumIf(n, mature_previous)) AS conversion_from_previous,
    if(step = 1 OR people = 0, NULL, toNullable(quantilesExactInclusiveForEachMerge(0.5, 0.9)(seconds)[step][1])) AS median_seconds_from_previous,
    if(step = 1 OR people = 0, NULL, toNullable(quantilesExactInclusiveForEachMerge(0.5, 0.9)(seconds)[step][2])) AS p90_seconds_from_previous
FROM
(
    SELECT
        dimension,
        k,
        people AS n,
        open,
        seconds,
        mature_depth,
        ranks[k] AS rank,
        step_optional({steps:Array(String)}[k]) AS optional,
        if(optional, bitTest(optional_mask, k - 1), depth >= rank) AS reached,
        NOT optional AND depth = rank - 1 AS stopped,
        if(optional, reached AND mature_depth > rank, mature_depth >= rank) AS mature_reached,
        mature_depth >= if(optional, rank, rank - 1) AND k > 1 AS mature_previous
    FROM footfall.funnel_groups(
        site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
        mode = {mode:String}, grain = '', by = dated_by({by:String}, {since:Date}))
    ARRAY JOIN arrayEnumerate({steps:Array(String)}) AS k
)
WHERE (SELECT ok FROM footfall.check_funnel(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = 'day', by = {by:String})) = 0
GROUP BY dimension, step
ORDER BY dimension, step;
