-- Grain: one period × step, gap-free to the earlier of until and as_of.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64, mode String as in funnel; grain String (day,
--   week, month).
-- Definition: the funnel of the attempts that begin in the period, which may end after it. mature = the windows of all of
--   the period's entries have passed; conversions are NULL until then. at = the period's start in the site's zone.
-- Source: funnel_steps, as_of.
CREATE OR REPLACE VIEW footfall.funnel_trend AS
WITH site_zone({site:String}) AS zone
SELECT
    period,
    toDateTime(period, zone) AS at,
    step,
    {steps:Array(String)}[step] AS step_name,
    toUInt8(sum(open) = 0 AND sum(entrants) > 0) AS mature,
    sum(people) AS people,
    sum(dropped) AS dropped,
    sum(pending) AS pending,
    sum(mature_people) AS mature_people,
    sum(entrants_mature) AS mature_entrants,
    if(mature, mature_people / mature_entrants, NULL) AS conversion_from_start,
    if(mature AND sum(previous) > 0, mature_people / sum(previous), NULL) AS conversion_from_previous
FROM
(
    SELECT
        f.period AS period,
        f.step AS step,
        countIf(reached) AS people,
        countIf(f.dropped) AS dropped,
        countIf(f.pending) AS pending,
        countIf(mature_reached) AS mature_people,
        countIf(mature_previous) AS previous,
        countIf(mature_entrant) AS entrants_mature,
        count() AS entrants,
        countIf(f.open) AS open
    FROM footfall.funnel_steps(
        site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
        mode = {mode:String}, grain = {grain:String}, by = '') AS f
    GROUP BY period, step
    UNION ALL
    SELECT arrayJoin(period_list({since:Date}, least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)), {grain:String})) AS period,
        arrayJoin(arrayEnumerate({steps:Array(String)})) AS step, 0, 0, 0, 0, 0, 0, 0, 0
)
WHERE (SELECT ok FROM footfall.check_funnel(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = {grain:String}, by = '')) = 0
GROUP BY period, step
ORDER BY period, step;
