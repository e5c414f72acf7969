-- Grain: one period × dimension, gap-free to the earlier of until and as_of: where `by` is not '', from the dimension's
--   first person on.
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
    -- A dimension has a row for each period from its first person on: who is not there any more is in its pool.
    SELECT
        period,
        dimension,
        arrayFirst(c -> c.1 = period, cells) AS cell,
        cell.2 AS new,
        cell.3 AS returning,
        cell.4 AS resurrected,
        cell.5 AS lost,
        cell.6 AS active_before,
        arraySum(c -> if(c.1 < period, c.2, 0), cells) AS seen_before
    FROM
    (
        SELECT dimension, groupArray((period, new_, returning_, resurrected_, lost_, active_before_)) AS cells
        FROM
        (
            SELECT
                period,
                dimension,
                sum(new_) AS new_,
                sum(returning_) AS returning_,
                sum(resurrected_) AS resurrected_,
                sum(lost_) AS lost_,
                sum(active_before_) AS active_before_
            FROM
            (
                SELECT
                    e.1 AS period,
                    dimension,
                    toUInt64(e.2) AS new_,
                    toUInt64(e.3) AS returning_,
                    toUInt64(e.4) AS resurrected_,
                    toUInt64(e.5) AS lost_,
                    toUInt64(e.6) AS active_before_
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
                SELECT {since:Date}, '', 0, 0, 0, 0, 0
                WHERE {by:String} = ''
            )
            GROUP BY period, dimension
        )
        GROUP BY dimension
    )
    ARRAY JOIN period_list({since:Date}, least({until:Date}, toDate(now_at, zone)), {grain:String}) AS period
    WHERE {by:String} = '' OR cell.1 = period OR seen_before > 0
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
ORDER BY period, dimension;
