-- Grain: one period × step, gap-free to the earlier of until and as_of.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64, mode String as in funnel; grain String (day,
--   week, month).
-- Definition: the funnel of the attempts that begin in the period, which may end after it. mature = the windows of all of
--   the period's entries have passed; conversions are NULL until then. at = the period's start in the site's zone.
-- Source: funnel_groups, as_of.
CREATE OR REPLACE VIEW footfall.funnel_trend AS
WITH
    site_zone({site:String}) AS zone,
    -- Of each step: how many required ones come up to it, itself included.
    arrayMap(i -> toUInt8(arrayCount(s -> NOT step_optional(s), arraySlice({steps:Array(String)}, 1, i))), arrayEnumerate({steps:Array(String)})) AS ranks
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
        period,
        k AS step,
        sumIf(n, if(optional, bitTest(optional_mask, k - 1), depth >= rank)) AS people,
        sumIf(n, stopped AND NOT g.open) AS dropped,
        sumIf(n, stopped AND g.open) AS pending,
        sumIf(n, if(optional, bitTest(optional_mask, k - 1) AND mature_depth > rank, mature_depth >= rank)) AS mature_people,
        sumIf(n, mature_depth >= if(optional, rank, rank - 1) AND k > 1) AS previous,
        sumIf(n, mature_depth >= 1) AS entrants_mature,
        sum(n) AS entrants,
        sumIf(n, g.open) AS open
    FROM
    (
        SELECT
            period,
            k,
            people AS n,
            depth,
            mature_depth,
            open,
            optional_mask,
            ranks[k] AS rank,
            step_optional({steps:Array(String)}[k]) AS optional,
            NOT optional AND depth = rank - 1 AS stopped
        FROM footfall.funnel_groups(
            site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
            mode = {mode:String}, grain = {grain:String}, by = '')
        ARRAY JOIN arrayEnumerate({steps:Array(String)}) AS k
    ) AS g
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
