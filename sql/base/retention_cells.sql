-- Grain: one cohort × dimension × age.
-- Parameters: site String, since, until Date (of the cohorts), grain String (day, week, month, 24h), kind String (on,
--   on_or_after, recurring), start_event, return_event String ('': an active session), by String.
-- Definition: a person's cohort is the local period of their first start ever; recurring: each period with a start is an
--   entry. on, recurring: returned in the calendar period cohort + age; age 0 needs a return later than the first start, and
--   is all where return_event is ''. on_or_after: returned in any period from age to horizon, the last whole period at as_of.
--   mature: that period's local end is not after as_of; rate is NULL until then (and above the horizon). 24h: age = whole
--   24 hours since the first start; eligible = people whose age has passed, rate NULL until all have. left_censored: the
--   cohort begins within 30 days of the site's first visit: its people may have been there before.
-- Source: retention_people, as_of, session_rows.
CREATE OR REPLACE VIEW footfall.retention_cells AS
WITH
    site_zone({site:String}) AS zone,
    assumeNotNull((SELECT as_of FROM footfall.as_of)) AS now_at,
    toInt64(toUnixTimestamp64Milli(now_at)) AS now_ms,
    period_start(toDate(now_at, zone), {grain:String}) AS now_period,
    assumeNotNull((
        SELECT minOrDefault(started_at) FROM footfall.session_rows FINAL
        WHERE site = {site:String} AND NOT tombstone AND active_events > 0 AND empty(bot_reasons))) AS site_first_at
SELECT
    c.cohort AS cohort,
    c.dimension AS dimension,
    a AS age,
    toUInt64(if({grain:String} = '24h', arrayCount(x -> x >= age, c.eligible_ages), c.size)) AS eligible,
    -- Where a return needs no event of its own, all are there at age 0: they came.
    if({return_event:String} = '' AND age = 0, eligible,
    if({kind:String} = 'on_or_after' AND age > horizon, 0,
        toUInt64(c.returned[toUInt32(age)]))) AS retained,
    if(mature AND eligible > 0, retained / eligible, NULL) AS rate,
    toUInt8(if({grain:String} = '24h', c.size > 0 AND eligible = c.size, if({kind:String} = 'on_or_after', toInt64(age) <= c.last_whole, toInt64(age) <= c.last_whole))) AS mature,
    if({kind:String} = 'on_or_after', toNullable(greatest(c.last_whole, -1)), NULL) AS horizon,
    toUInt8(toDate(site_first_at, zone) + 30 > c.cohort) AS left_censored
FROM
(
    SELECT
        cohort,
        dimension,
        sum(people) AS size,
        groupArrayArray(eligible_age) AS eligible_ages,
        sumMap(ages, arrayMap(x -> toUInt64(1), ages)) AS returned_map,
        CAST((returned_map.1, returned_map.2), 'Map(UInt32, UInt64)') AS returned,
        period_age(cohort, now_period, {grain:String}) - 1 AS last_whole,
        toUInt32(greatest(0, if({grain:String} = '24h',
            intDiv(now_ms - toUnixTimestamp64Milli(day_start(cohort, zone)), 86400000),
            period_age(cohort, now_period, {grain:String})))) AS last_age
    FROM
    (
        SELECT
            e.1 AS cohort,
            p.dimension AS dimension,
            toUInt64(1) AS people,
            if({grain:String} = '24h', [intDiv(now_ms - toInt64(e.2), 86400000) - 1], emptyArrayInt64()) AS eligible_age,
            arrayDistinct(arrayMap(
                t -> toUInt32(if({grain:String} = '24h',
                    intDiv(t - e.2, 86400000),
                    period_age(e.1, period_start(toDate(fromUnixTimestamp64Milli(toInt64(t)), zone), {grain:String}), {grain:String}))),
                arrayFilter(t -> t > e.2, p.returns))) AS ages_on,
            -- on_or_after: all ages up to the last whole period with a return.
            if({kind:String} = 'on_or_after',
                range(toUInt32(arrayMax(arrayMap(x -> if(toInt64(x) <= period_age(e.1, now_period, {grain:String}) - 1, toInt64(x), -1), arrayPushFront(ages_on, toUInt32(4294967295)))) + 1)),
                ages_on) AS ages
        FROM
        (
            SELECT
                dimension,
                returns,
                arrayJoin(if({kind:String} = 'recurring',
                    -- The first start of each period.
                    arrayFilter((x, first) -> first,
                        arrayMap(t -> (period_start(toDate(fromUnixTimestamp64Milli(toInt64(t)), zone), {grain:String}), t), starts),
                        arrayMap((t, i) -> i = 1 OR period_start(toDate(fromUnixTimestamp64Milli(toInt64(t)), zone), {grain:String})
                            != period_start(toDate(fromUnixTimestamp64Milli(toInt64(starts[i - 1])), zone), {grain:String}), starts, arrayEnumerate(starts))),
                    [(period_start(toDate(fromUnixTimestamp64Milli(toInt64(starts[1])), zone), {grain:String}), starts[1])])) AS e
            FROM footfall.retention_people(
                site = {site:String}, until = day_start({until:Date} + 1, zone), start_event = {start_event:String},
                return_event = {return_event:String}, by = {by:String})
        ) AS p
        WHERE e.2 >= toUnixTimestamp64Milli(day_start({since:Date}, zone)) AND e.2 < toUnixTimestamp64Milli(day_start({until:Date} + 1, zone))
        UNION ALL
        -- Cohorts without people.
        SELECT arrayJoin(period_list({since:Date}, least({until:Date}, toDate(now_at, zone)), {grain:String})), '', 0, emptyArrayInt64(), emptyArrayUInt32(), emptyArrayUInt32()
        WHERE {by:String} = ''
    )
    GROUP BY cohort, dimension
) AS c
ARRAY JOIN range(last_age + 1) AS a;
