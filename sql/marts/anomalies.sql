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
    ['conversion', 'refund_rate', 'csat', 'churn_rate'] AS rates,
    (SELECT slots FROM footfall.compared_slots(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, grain = {grain:String})) AS slots
SELECT
    metric,
    dimension_name,
    dimension,
    toDateTime(slots[1].1, zone) AS at,
    value,
    expected,
    if(scale IS NULL, NULL, greatest(expected - 4 * scale, 0)) AS low,
    if(scale IS NULL OR NOT has(rates, metric), expected + 4 * scale, least(expected + 4 * scale, 1)) AS high,
    score,
    multiIf(value > expected, 'up', value < expected, 'down', '') AS direction,
    toUInt8(ifNull(abs(score) >= 4, 0)) AS alarm,
    n,
    weeks
FROM
(
    SELECT
        metric,
        dimension_name,
        dimension,
        arrayMap(i -> (cells[i], divisors[i]), arrayFilter(i -> slots[i].4 AND (divisors[i] > 0 OR NOT has(rates, metric)), range(2, length(slots) + 1))) AS earlier,
        toUInt64(length(earlier)) AS weeks,
        divisors[1] AS n,
        if(has(rates, metric) AND n = 0, NULL, cells[1]) AS value,
        arrayReduce('quantileExactInclusive(0.5)', earlier.2) AS usual_n,
        if(weeks < 4, NULL, arrayReduce('quantileExactInclusive(0.5)', earlier.1)) AS expected,
        greatest(
            1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(x -> abs(x.1 - assumeNotNull(expected)), earlier)),
            if(has(rates, metric), sqrt(expected * (1 - expected) / n), sqrt(greatest(expected, 1)))) AS spread,
        -- greatest and least pass over a NULL.
        multiIf(expected IS NULL OR value IS NULL, NULL, spread = 0, 1 / n, spread) AS scale,
        (value - expected) / scale AS score
    FROM
    (
        SELECT
            metric,
            dimension_name,
            dimension,
            -- By slot; one that has no row is 0.
            arrayMap(i -> if(has(at_slots.1, i), at_slots.2[indexOf(at_slots.1, i)], 0.), arrayEnumerate(slots)) AS hits,
            arrayMap(i -> if(has(at_slots.1, i), at_slots.3[indexOf(at_slots.1, i)], 0.), arrayEnumerate(slots)) AS divisors,
            if(has(rates, metric), arrayMap((h, d) -> h / greatest(d, 1.), hits, divisors), hits) AS cells
        FROM
        (
            SELECT metric, dimension_name, dimension, groupArray((toUInt8(slot), hits, n)) AS at_slots
            FROM
            (
                SELECT metric, dimension_name, dimension, slot, hits, n
                FROM footfall.compared_cells(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, grain = {grain:String})
                UNION ALL
                -- What did not happen at all.
                SELECT
                    arrayJoin(arrayConcat(
                        ['sessions', 'active_people', 'conversion', 'orders', 'revenue', 'payment_failures', 'zero_result_searches', 'refund_rate', 'csat', 'rejects'],
                        if({grain:String} = 'day', ['churn_rate'], []))), 'total', '', 0, 0., 0.
                WHERE notEmpty(slots)
            )
            GROUP BY metric, dimension_name, dimension
        )
    )
)
WHERE (dimension_name = 'total' OR (weeks >= 4 AND usual_n >= 30))
    AND (
        SELECT
            (SELECT ok FROM footfall.check_site(site = {site:String}))
            + throwIf({grain:String} NOT IN ('hour', 'day'), concat('unknown grain ''', {grain:String}, '''; grains: hour, day'))) = 0
ORDER BY metric, dimension_name = 'total' DESC, dimension_name, dimension;
