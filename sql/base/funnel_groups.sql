-- Grain: one dimension (and period of entries, where `grain` is not '') × how far people came: depth, mature_depth, open, optional steps.
-- Parameters: as funnel_attempts: site String, since, until Date, steps Array(String), within UInt64, mode, grain, by String.
-- Definition: people = persons of funnel_attempts who are alike in all of this; optional_mask: bit k − 1 is set if they reached the optional step k;
--   seconds = state of their median and 90th percentile of each step's seconds from the required step before it (step_seconds).
-- Source: funnel_attempts.
CREATE OR REPLACE VIEW footfall.funnel_groups AS
SELECT
    period,
    toString(few) AS dimension,
    depth,
    mature_depth,
    open,
    -- Who came no further than the first step has reached no optional one, and took no time.
    if(depth = 1 OR NOT arrayExists(s -> step_optional(s), {steps:Array(String)}),
        toUInt16(0),
        toUInt16(arraySum((t, s, i) -> if(t > 0 AND step_optional(s), bitShiftLeft(toUInt16(1), i - 1), 0), step_times, {steps:Array(String)}, arrayEnumerate({steps:Array(String)})))) AS optional_mask,
    count() AS people,
    quantilesExactInclusiveForEachState(0.5, 0.9)(if(depth = 1, [], step_seconds(step_times, {steps:Array(String)}))) AS seconds
FROM footfall.funnel_attempts(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = {grain:String}, by = {by:String}) AS a
-- Groups of a String would be found slowly.
GROUP BY period, toLowCardinality(a.dimension) AS few, depth, mature_depth, open, optional_mask;
