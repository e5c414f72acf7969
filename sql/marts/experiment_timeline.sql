-- Grain: one local day of the site, metric and variation, from the day in which the first person counts to as_of or the end; without gaps.
-- Parameters: experiment String.
-- Definition: each day as it stood at its end: people (mature) exposed and counted by then and until then in one variation alone, what they had
--   done by then, capped at that day's percentile. Of what is learnt later only accounts (who is one person) and refunds are as now.
--   Differences are variation − control with the always-valid interval (all days hold at once, so it may be read as it grows); the lift's
--   likewise, by the delta method. bounds: exact where a metric has a window; approximate where totals keep growing after a person is counted.
--   at = the day's start (UTC). Sums, those of capped metrics aside, are exact whole numbers of 1e-9 units.
-- Source: experiment_exposures, experiment_acts, experiment_kinds, experiment_metrics, experiment_scope, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_timeline AS
WITH
    -- Where each local day starts, from quarter hours, whatever the zone and its changes.
    (
        SELECT arraySort(groupArray((start, day)))
        FROM
        (
            SELECT toDate(toString(fromUnixTimestamp64Milli(quarter, 'UTC'), site_zone(site))) AS day, min(quarter) AS start
            FROM
            (
                SELECT toString(site) AS site, arrayJoin(range(
                    toUInt64(intDiv(toUnixTimestamp64Milli(since), 86400000) * 86400000 - 86400000),
                    toUInt64(greatest(toUnixTimestamp64Milli(counted_until), toUnixTimestamp64Milli(since))),
                    toUInt64(900000))) AS quarter
                FROM footfall.experiment_scope
                WHERE experiment = {experiment:String}
            )
            GROUP BY day
        )
    ) AS starts,
    (SELECT groupArray(facts) FROM (SELECT * FROM footfall.experiment_kinds(site = '', experiment = {experiment:String}) ORDER BY kind)) AS facts_of_kind,
    -- left_ms: when a unit saw a second variation; from that day on it is in none.
    units AS
    (
        SELECT
            number,
            unit,
            groupArraySorted(2)(first) AS firsts,
            toUInt8(firsts[1] % 256) AS arm,
            toInt64(intDiv(firsts[1], 256)) AS exposed_ms,
            if(length(firsts) > 1, toInt64(intDiv(firsts[2], 256)), 9000000000000) AS left_ms
        FROM
        (
            SELECT number, unit, min(exposure) AS first
            FROM footfall.experiment_exposures(site = '', experiment = {experiment:String})
            WHERE NOT bot
            GROUP BY number, unit, exposure % 256
        )
        GROUP BY number, unit
        HAVING arm > 0
    ),
    -- A unit counts from the day in which its delay, or its whole window, is over, to the one before it left.
    entered AS
    (
        SELECT position, arm, step.1 AS day, sum(step.2) AS people
        FROM
        (
            SELECT
                m.position AS position,
                u.arm AS arm,
                arrayCount(s -> s.1 <= u.exposed_ms + m.from_ms + m.window_ms, starts) AS first_day,
                arrayCount(s -> s.1 <= u.left_ms, starts) AS left_day,
                arrayJoin(if(u.left_ms = 9000000000000, [(first_day, 1)], if(left_day > first_day, [(first_day, 1), (left_day, -1)], []))) AS step
            FROM units AS u
            INNER JOIN (SELECT number, position, from_ms, window_ms, last_counted_ms FROM footfall.experiment_metrics) AS m ON m.number = u.number
            WHERE u.exposed_ms <= m.last_counted_ms
        )
        GROUP BY position, arm, day
    ),
    -- A unit's day sums, then its running totals.
    totals AS
    (
        SELECT
            position,
            unit,
            any(arm) AS arm,
            any(cap_percentile) > 0 AS capped,
            any(any_value) AS any_value,
            if(any(left_ms) = 9000000000000, length(starts) + 1, arrayCount(s -> s.1 <= any(left_ms), starts)) AS left_day,
            arraySort(arrayFilter(d -> d.1 < left_day, groupArray((day, numerator, denominator)))) AS days,
            arrayMap(t -> if(any_value, toFloat64(t > 0), t / any(scale)), arrayCumSum(days.2)) AS ys,
            arrayMap(t -> if(any(any_denominator), toFloat64(t > 0), t / any(denominator_scale)), arrayCumSum(days.3)) AS ds
        FROM
        (
            SELECT
                p.position AS position,
                u.unit AS unit,
                arrayCount(s -> s.1 <= greatest(u.ms, u.exposed_ms + if(p.window_ms > 0, p.to_ms, p.from_ms)), starts) AS day,
                any(u.arm) AS arm,
                any(u.left_ms) AS left_ms,
                any(p.cap_percentile) AS cap_percentile,
                any(p.any_value) AS any_value,
                any(p.any_denominator) AS any_denominator,
                any(p.scale) AS scale,
                any(p.denominator_scale) AS denominator_scale,
                sumIf(u.amount, NOT p.denominator) AS numerator,
                sumIf(u.amount, p.denominator) AS denominator
            FROM
            (
                SELECT
                    u.number AS number, u.unit AS unit, u.arm AS arm, u.exposed_ms AS exposed_ms, u.left_ms AS left_ms, a.ms AS ms,
                    arrayJoin(arrayEnumerate(facts_of_kind[a.kind])) AS nth, if(empty(a.amounts), 1., a.amounts[nth]) AS amount, facts_of_kind[a.kind][nth] AS fact
                FROM footfall.experiment_acts(site = '', experiment = {experiment:String}) AS a
                INNER JOIN units AS u ON u.unit = a.unit
            ) AS u
            INNER JOIN
            (
                SELECT *, arrayJoin(arrayFilter(f -> f.1 != 0, [(numerator_fact, false), (denominator_fact, true)])) AS part, part.1 AS fact, part.2 AS denominator
                FROM footfall.experiment_metrics
            ) AS p ON p.number = u.number AND p.fact = u.fact
            WHERE u.exposed_ms <= p.last_counted_ms
                AND u.ms - u.exposed_ms >= p.from_ms AND u.ms - u.exposed_ms < p.to_ms AND u.ms < p.end_ms
            GROUP BY position, unit, day
        )
        GROUP BY position, unit
    ),
    -- What each day adds to the sums of its arm: the new running total less the one before, all of it taken back on the day of leaving; of a
    -- capped metric, whose percentile moves from day to day, the total itself on every day.
    changes AS
    (
        SELECT
            position,
            arm,
            capped,
            arrayJoin(if(capped,
                arrayMap(d -> (d, ys[arrayCount(e -> e <= d, days.1)], 0., ds[arrayCount(e -> e <= d, days.1)], 0.), range(days.1[1], left_day)),
                arrayConcat(
                    arrayMap(k -> (days.1[k], ys[k], ys[k - 1], ds[k], ds[k - 1]), arrayEnumerate(days)),
                    if(left_day > length(starts), [], [(left_day, 0., ys[-1], 0., ds[-1])])))) AS change,
            change.1 AS day,
            toInt256(round(change.2 * 1e9)) AS y1,
            toInt256(round(change.3 * 1e9)) AS y0,
            toInt256(round(change.4 * 1e9)) AS d1,
            toInt256(round(change.5 * 1e9)) AS d0
        FROM totals
        WHERE notEmpty(days)
    ),
    sums AS
    (
        SELECT
            position, arm, day,
            sum(y1 - y0) AS y, sum(y1 * y1 - y0 * y0) AS yy, sum(d1 - d0) AS d, sum(d1 * d1 - d0 * d0) AS dd, sum(y1 * d1 - y0 * d0) AS yd,
            groupArrayIf((change.2, change.4), capped) AS totals_then
        FROM changes
        GROUP BY position, arm, day
    ),
    grid AS
    (
        SELECT
            m.position AS position, m.metric AS metric, m.kind AS kind, m.window_ms > 0 AS windowed, m.cap_percentile AS cap_percentile, m.alpha AS alpha, m.sequential_tuning AS tuning,
            m.variations AS variations, m.counted_until_ms AS end_ms,
            toUInt8(arrayJoin(arrayEnumerate(m.variations))) AS arm,
            toUInt64(arrayJoin(arrayEnumerate(starts))) AS day
        FROM footfall.experiment_metrics AS m
        WHERE m.experiment = {experiment:String}
    ),
    running AS
    (
        SELECT
            *,
            sum(e.people) OVER w AS whole_n,
            toFloat64(whole_n) AS n,
            sum(y) OVER w AS sy, sum(yy) OVER w AS syy, sum(d) OVER w AS sd, sum(dd) OVER w AS sdd, sum(yd) OVER w AS syd
        FROM grid
        LEFT JOIN entered AS e USING (position, arm, day)
        LEFT JOIN sums USING (position, arm, day)
        WINDOW w AS (PARTITION BY position, arm ORDER BY day)
    ),
    capping AS
    (
        SELECT
            *,
            toFloat64(sum(whole_n) OVER w) AS counted_n,
            quantile_with_zeros(arraySort(groupArrayArray(totals_then.1) OVER w), counted_n, cap_percentile) AS cap_y,
            quantile_with_zeros(arraySort(groupArrayArray(totals_then.2) OVER w), counted_n, cap_percentile) AS cap_d,
            arrayMap(v -> least(v, cap_y), totals_then.1) AS capped_y,
            arrayMap(v -> least(v, cap_d), totals_then.2) AS capped_d,
            toFloat64(length(totals_then)) AS present
        FROM running
        WINDOW w AS (PARTITION BY position, day)
    ),
    moments AS
    (
        SELECT
            *,
            if(cap_percentile > 0, finite(arraySum(capped_y) / n), finite(toFloat64(sy) / 1e9 / n)) AS mean_y,
            if(cap_percentile > 0, finite(arraySum(capped_d) / n), finite(toFloat64(sd) / 1e9 / n)) AS mean_d,
            -- n·Σy² − (Σy)² is exact in whole numbers, however large the values are beside their spread.
            if(cap_percentile > 0,
                with_zeros_variance(n, present, arrayAvg(capped_y), present * arrayReduce('varPopStable', capped_y)),
                finite(toFloat64(toInt256(whole_n) * syy - sy * sy) / 1e18 / n / (n - 1))) AS variance_y,
            if(cap_percentile > 0,
                with_zeros_variance(n, present, arrayAvg(capped_d), present * arrayReduce('varPopStable', capped_d)),
                finite(toFloat64(toInt256(whole_n) * sdd - sd * sd) / 1e18 / n / (n - 1))) AS variance_d,
            if(cap_percentile > 0,
                with_zeros_covariance(n, present, arrayAvg(capped_y), arrayAvg(capped_d), present * arrayReduce('covarPopStable', capped_y, capped_d)),
                finite(toFloat64(toInt256(whole_n) * syd - sy * sd) / 1e18 / n / (n - 1))) AS covariance
        FROM capping
    ),
    arms AS
    (
        SELECT
            *,
            if(kind = 'ratio', finite(mean_y / mean_d), mean_y) AS mean,
            multiIf(kind = 'ratio', finite(ratio_variance(mean_y, variance_y, mean_d, variance_d, covariance)), kind = 'proportion', if(n > 1, mean_y * (1 - mean_y), NULL), variance_y) AS variance
        FROM moments
    ),
    pairs AS
    (
        SELECT
            *,
            arm = 1 AS is_control,
            anyIf(n, arm = 1) OVER w AS n_c,
            anyIf(mean, arm = 1) OVER w AS mean_c,
            anyIf(variance, arm = 1) OVER w AS variance_c,
            sum(n) OVER w AS all_n
        FROM arms
        WINDOW w AS (PARTITION BY position, day)
    ),
    effects AS
    (
        SELECT
            *,
            if(is_control OR NOT (variance > 0 AND variance_c > 0), NULL, finite(difference_error(n, variance, n_c, variance_c))) AS error,
            -- As in experiment_results: means that differ have a difference, be there a test or not.
            if(is_control OR (isNull(error) AND ifNull(mean = mean_c OR n < 2 OR n_c < 2, true)), NULL, mean - mean_c) AS difference,
            if(isNull(error), NULL, finite(difference / abs(mean_c))) AS lift,
            finite(lift_error(n, mean, variance, n_c, mean_c, variance_c)) AS lift_error_,
            sum(all_n) OVER (ORDER BY day) > 0 AS begun
        FROM pairs
    )
SELECT
    starts[day].2 AS period,
    toDateTime(intDiv(starts[day].1, 1000), 'UTC') AS at,
    metric,
    variations[arm] AS variation,
    is_control,
    toUInt64(n) AS people,
    mean,
    difference,
    difference - always_valid_half_width(error, n + n_c, alpha, tuning) AS always_valid_low,
    difference + always_valid_half_width(error, n + n_c, alpha, tuning) AS always_valid_high,
    always_valid_p(difference, error, n + n_c, alpha, tuning) AS always_valid_p,
    lift,
    lift - always_valid_half_width(if(is_control, NULL, lift_error_), n + n_c, alpha, tuning) AS lift_low,
    lift + always_valid_half_width(if(is_control, NULL, lift_error_), n + n_c, alpha, tuning) AS lift_high,
    if(windowed, 'exact', 'approximate') AS bounds
FROM effects
WHERE begun AND (SELECT ok FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY period, position, arm;
