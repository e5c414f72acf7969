-- Grain: one dimension × step.
-- Parameters: site String, since, until Date (local days of the first step, both in), steps Array(String) (1 to 12: an event
--   name, 'a|b' for either, 'name?' for one that may be skipped, 'name:key=value' for a property), within UInt64 (seconds
--   from the first step to the last), mode String ('', strict_order, strict_deduplication, strict_increase), by String.
-- Definition: people = persons whose best attempt reached the step; pending = stopped at the step before with a window still
--   open; dropped = stopped there for good; mature_people = reached it by an attempt whose whole window as_of has passed;
--   mature_entrants = mature_people of step 1; conversion_from_start = mature_people / mature_entrants;
--   conversion_from_previous = mature_people / those of the required step before; NULL where nothing is mature. Seconds from
--   the required step before, in the shown attempt. An optional step has neither pending nor dropped. A person's dimension
--   is that of their first entry in the period.
-- Source: funnel_steps.
CREATE OR REPLACE VIEW footfall.funnel AS
SELECT
    dimension,
    step,
    any(step_name) AS step_name,
    toUInt8(countIf(mature_entrant) > 0) AS mature,
    countIf(reached) AS people,
    countIf(dropped) AS dropped,
    countIf(pending) AS pending,
    countIf(mature_reached) AS mature_people,
    countIf(mature_entrant) AS mature_entrants,
    if(mature_entrants = 0, NULL, mature_people / mature_entrants) AS conversion_from_start,
    if(countIf(mature_previous) = 0, NULL, mature_people / countIf(mature_previous)) AS conversion_from_previous,
    quantileExactInclusiveOrNull(0.5)(seconds) AS median_seconds_from_previous,
    quantileExactInclusiveOrNull(0.9)(seconds) AS p90_seconds_from_previous
FROM footfall.funnel_steps(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = '', by = dated_by({by:String}, {since:Date})) AS f
WHERE (SELECT ok FROM footfall.check_funnel(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = 'day', by = {by:String})) = 0
GROUP BY dimension, step
ORDER BY dimension, step;
