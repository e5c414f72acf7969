-- Grain: one metric × dimension_name × dimension.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), grain String (hour, day).
-- Definition: the last local hour or day that was over by as_of (`at`, its start) held against the same hour of the week, or weekday, of the
--   8 weeks before. expected = their median, where at least 4 are there (weeks); scale = the greater of 1.4826 × the median of
--   their distances from it and √max(expected, 1), for rates √(expected (1 − expected) / n); a scale of 0 is 1 / n. score = (value − expected) /
--   scale, alarm at |score| ≥ 4; low and high: between them is no alarm. NULL where there is nothing to judge by.
--   metric: sessions, active_people, conversion, orders, revenue (in the site's currency), payment_failures, zero_result_searches,
--   refund_rate, csat, churn_rate (days only), rejects, as compared_cells. n = what the value rests on: a rate's divisor, revenue's orders,
--   else the value. dimension_name: total, channel, device, country; of the last three only what n was expected to be 30 or more of.
-- Source: compared_slots, compared_cells.
CREATE OR REPLACE VIEW footfall.anomalies AS
WITH
    site_zone({site:String}) AS zone,
    ['conversion', 'refund_rate', 'csat', 'churn_rate'] AS rates
SELECT
    metric,
    dimension_name,
    dimension,
    toDateTime(started_at, zone) AS at,
    value,
    expected,
    if(scale IS NULL, NULL, greatest(expected - 4 * scale, 0)) AS low,
    if(scale IS NULL OR NOT is_rate, expected + 4 * scale, least(expected + 4 * scale, 1)) AS high,
    score,
    multiIf(value > expected, 'up', value < expected, 'down', '') AS direction,
    toUInt8(ifNull(abs(score) >= 4, 0)) AS alarm,
    n,
    weeks
FROM
(
    -- In steps, for an expression is planned anew wherever its name is used.
    SELECT
        *,
        -- greatest and least pass over a NULL.
        multiIf(expected IS NULL OR value IS NULL, NULL, spread > 0, spread, 1 / n) AS scale,
        (value - expected) / scale AS score
    FROM
    (
        SELECT
            *,
            greatest(
                1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(x -> abs(x.1 - assumeNotNull(expected)), earlier)),
                if(is_rate, sqrt(expected * (1 - expected) / n), sqrt(greatest(expected, 1)))) AS spread
        FROM
        (
            SELECT
                *,
                newest.2 AS n,
                if(is_rate AND n = 0, NULL, newest.1) AS value,
                toUInt64(length(earlier)) AS weeks,
                arrayReduce('quantileExactInclusive(0.5)', earlier.2) AS usual_n,
                if(weeks < 4, NULL, arrayReduce('quantileExactInclusive(0.5)', earlier.1)) AS expected
            FROM
            (
                SELECT
                    metric,
                    dimension_name,
                    dimension,
                    started_at,
                    is_rate,
                    -- (value, n) of the newest and of the weeks before that are there; one that has no cell is 0.
                    if(has(cells.1, 1), cells[indexOf(cells.1, 1)], (toUInt8(1), 0., 0.)) AS newest_cell,
                    (if(is_rate, newest_cell.2 / greatest(newest_cell.3, 1), newest_cell.2), newest_cell.3) AS newest,
                    arrayMap(
                        c -> (if(is_rate, c.2 / c.3, c.2), c.3),
                        arrayFilter(c -> c.3 > 0 OR NOT is_rate, arrayMap(i -> if(has(cells.1, i), cells[indexOf(cells.1, i)], (i, 0., 0.)), earlier_slots))) AS earlier
                FROM
                (
                    SELECT metric, dimension_name, dimension, has(rates, metric) AS is_rate, groupArrayIf((slot, hits, n), slot > 0) AS cells
                    FROM
                    (
                        SELECT metric, dimension_name, dimension, slot, hits, n
                        FROM footfall.compared_cells(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, grain = {grain:String})
                        UNION ALL
                        -- What did not happen at all.
                        SELECT
                            arrayJoin(arrayConcat(
                                ['sessions', 'active_people', 'conversion', 'orders', 'revenue', 'payment_failures', 'zero_result_searches', 'refund_rate', 'csat', 'rejects'],
                                if({grain:String} = 'day', ['churn_rate'], []))), 'total', '', toUInt8(0), 0., 0.
                    )
                    GROUP BY metric, dimension_name, dimension
                ) AS c
                CROSS JOIN
                (
                    SELECT max(s.started_at) AS started_at, groupArrayIf(slot, slot > 1 AND present) AS earlier_slots
                    FROM footfall.compared_slots(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, grain = {grain:String}) AS s
                    HAVING count() > 0
                ) AS s
            )
        )
    )
)
WHERE (dimension_name = 'total' OR (weeks >= 4 AND usual_n >= 30))
    AND (
        SELECT
            (SELECT ok FROM footfall.check_site(site = {site:String}))
            + throwIf({grain:String} NOT IN ('hour', 'day'), concat('unknown grain ''', {grain:String}, '''; grains: hour, day'))) = 0
ORDER BY metric, dimension_name = 'total' DESC, dimension_name, dimension;
