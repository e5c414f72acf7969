-- Grain: one dimension (and period of entries, where `grain` is not '') × how far people came: depth, mature_depth, open, optional steps.
-- Parameters: as funnel_attempts: site String, since, until Date, steps Array(String), within UInt64, mode, grain, by String.
-- Definition: people = persons of funnel_attempts who are alike in all of this; optional_steps = numbers of the optional steps they reached;
--   seconds = state of their median and 90th percentile of each step's seconds from the required step before it (step_seconds).
-- Source: funnel_attempts.
CREATE OR REPLACE VIEW footfall.funnel_groups AS
SELECT
    period,
    dimension,
    depth,
    mature_depth,
    open,
    optional_steps,
    count() AS people,
    quantilesExactInclusiveForEachState(0.5, 0.9)(step_seconds(step_times, {steps:Array(String)})) AS seconds
FROM
(
    SELECT
        *,
        if(NOT arrayExists(s -> step_optional(s), {steps:Array(String)}),
            emptyArrayUInt32(),
            arrayFilter((i, t, s) -> t > 0 AND step_optional(s), arrayEnumerate({steps:Array(String)}), step_times, {steps:Array(String)})) AS optional_steps
    FROM footfall.funnel_attempts(
        site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
        mode = {mode:String}, grain = {grain:String}, by = {by:String})
)
GROUP BY period, dimension, depth, mature_depth, open, optional_steps;
