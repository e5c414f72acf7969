-- Grain: one period × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days: the periods that they touch, whole), grain String (day, week, month), by String
--   (of the person's first active session: it never changes).
-- Definition: of people with an active session: new = in the period of their first ever; returning = also in the period before;
--   resurrected = not in the period before, but earlier; dormant = in the period before and not in this one, NULL until it
--   ends; quick_ratio = (new + resurrected) / dormant; dormant_pool = people seen earlier who were not there in the period
--   before; return_rate = resurrected / dormant_pool, NULL until the period ends.
-- Source: person_periods, as_of.
CREATE OR REPLACE VIEW footfall.lifecycle AS
WITH
    site_zone({site:String}) AS zone,
    assumeNotNull((SELECT as_of FROM footfall.as_of)) AS now_at
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    new,
    returning,
    resurrected,
    if(mature, toNullable(lost), NULL) AS dormant,
    if(mature AND lost > 0, (new + resurrected) / lost, NULL) AS quick_ratio,
    toUInt64(seen_before - active_before) AS dormant_pool,
    if(mature AND dormant_pool > 0, resurrected / dormant_pool, NULL) AS return_rate,
    toUInt8(day_start(period_add(period, {grain:String}, 1), zone) <= now_at) AS mature
FROM
(
    SELECT
        period,
        dimension,
        sum(new_) AS new,
        sum(returning_) AS returning,
        sum(resurrected_) AS resurrected,
        sum(lost_) AS lost,
        sum(active_before_) AS active_before,
        max(asked_) AS asked,
        sum(sum(new_)) OVER (PARTITION BY dimension ORDER BY period) - new AS seen_before
    FROM
    (
        SELECT
            e.1 AS period,
            dimension,
            toUInt64(e.2) AS new_,
            toUInt64(e.3) AS returning_,
            toUInt64(e.4) AS resurrected_,
            toUInt64(e.5) AS lost_,
            toUInt64(e.6) AS active_before_,
            period >= period_start({since:Date}, {grain:String}) AND period <= least({until:Date}, toDate(now_at, zone)) AS asked_
        FROM
        (
            -- In a query of its own: an arrayJoin over a lambda would be worked out once for each column that reads it.
            SELECT
                dimension,
                arrayJoin(arrayConcat(
                    arrayMap((p, i) -> (p, i = 1, i > 1 AND periods[i - 1] = period_add(p, {grain:String}, -1), i > 1 AND periods[i - 1] != period_add(p, {grain:String}, -1), 0, 0),
                        periods, arrayEnumerate(periods)),
                    -- The period after each: the person was there before it, and is lost if not there in it.
                    arrayMap(p -> (period_add(p, {grain:String}, 1), 0, 0, 0, NOT has(periods, period_add(p, {grain:String}, 1)), 1), periods))) AS e
            FROM footfall.person_periods(site = {site:String}, until = day_start(period_add(period_start({until:Date}, {grain:String}), {grain:String}, 1), zone), grain = {grain:String}, by = dated_by({by:String}, {since:Date}))
        )
        UNION ALL
        SELECT arrayJoin(period_list({since:Date}, least({until:Date}, toDate(now_at, zone)), {grain:String})), '', 0, 0, 0, 0, 0, 1
        WHERE {by:String} = ''
    )
    GROUP BY period, dimension
)
WHERE asked
    AND (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
ORDER BY period, dimension;
