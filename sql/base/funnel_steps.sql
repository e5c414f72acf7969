-- Grain: one person (and period of entries, where `grain` is not '') × step of a funnel.
-- Parameters: as funnel_attempts: site String, since, until Date, steps Array(String), within UInt64, mode, grain, by String.
-- Definition: reached, dropped, pending: at this step; mature_reached: by an attempt whose window as_of has passed (of an
--   optional step: it lies in the shown attempt and the next required step was reached so); mature_previous: the required step
--   before; mature_entrant: step 1. seconds = from the required step before, in the shown attempt; NULL where not reached.
-- Source: funnel_attempts.
CREATE OR REPLACE VIEW footfall.funnel_steps AS
WITH
    (SELECT arrayMap(i -> toUInt8(arrayCount(s -> NOT step_optional(s), arraySlice({steps:Array(String)}, 1, i))), arrayEnumerate({steps:Array(String)}))) AS ranks
SELECT
    a.person_key AS person_key,
    a.person_id AS person_id,
    a.period AS period,
    a.dimension AS dimension,
    k AS step,
    {steps:Array(String)}[k] AS step_name,
    step_optional(step_name) AS optional,
    ranks[k] AS rank,
    a.step_times[k] > 0 AS reached,
    NOT optional AND a.depth = rank - 1 AND a.open AS pending,
    NOT optional AND a.depth = rank - 1 AND NOT a.open AS dropped,
    if(optional, reached AND a.mature_depth > rank, a.mature_depth >= rank) AS mature_reached,
    a.mature_depth >= if(optional, rank, rank - 1) AND k > 1 AS mature_previous,
    a.mature_depth >= 1 AS mature_entrant,
    a.open AS open,
    fromUnixTimestamp64Milli(toInt64(a.entered_ms), 'UTC') AS entered_at,
    if(reached, fromUnixTimestamp64Milli(toInt64(a.step_times[k]), 'UTC'), NULL) AS reached_at,
    -- The required step before it is the last one of a lower rank (of an optional step: of its own rank).
    if(reached AND k > 1,
        (a.step_times[k] - a.step_times[arrayFirstIndex((r, s) -> r = if(optional, rank, rank - 1) AND NOT step_optional(s), ranks, {steps:Array(String)})]) / 1000,
        NULL) AS seconds
FROM footfall.funnel_attempts(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = {grain:String}, by = {by:String}) AS a
ARRAY JOIN arrayEnumerate({steps:Array(String)}) AS k;
