-- Grain: one local day of the site, metric and variation, from the day in which the first person counts to as_of or the end; without gaps.
-- Parameters: experiment String.
-- Definition: each day as it stood at its end: people (mature) exposed and counted by then, what they had done by then. Differences are
--   variation − control with the always-valid interval (all days hold at once, so it may be read as it grows); the lift's likewise, by the
--   delta method. bounds: exact where a metric has a window; approximate where totals keep growing after a person is counted. A capped
--   metric is capped at the percentile of the whole time. at = the day's start (UTC). Sums are exact whole numbers of 1e-9 units.
-- Source: experiment_people, experiment_acts, experiment_metrics, experiment_scope, check_experiment.
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
    (SELECT arraySort(groupUniqArray(fact)) FROM footfall.experiment_facts WHERE experiment = {experiment:String}) AS facts,
    units AS
    (
        SELECT number, unit, exposed_ms, arm
        FROM footfall.experiment_people(site = '', experiment = {experiment:String}, by = '')
        WHERE arm > 0
    ),
    -- A unit counts from the day in which its delay, or its whole window, is over.
    entered AS
    (
        SELECT m.position AS position, u.arm AS arm, arrayCount(s -> s.1 <= u.exposed_ms + m.from_ms + m.window_ms, starts) AS day, count() AS people
        FROM units AS u
        INNER JOIN (SELECT number, position, from_ms, window_ms, last_counted_ms FROM footfall.experiment_metrics) AS m ON m.number = u.number
        WHERE u.exposed_ms <= m.last_counted_ms
        GROUP BY position, arm, day
    ),
    -- A unit's day sums, then its running totals.
    totals AS
    (
        SELECT
            position,
            unit,
            any(arm) AS arm,
            any(cap_percentile) AS cap_percentile,
            any(any_value) AS any_value,
            arraySort(groupArray((day, numerator, denominator))) AS days,
            arrayMap(t -> if(any_value, toFloat64(t > 0), t / any(scale)), arrayCumSum(days.2)) AS ys,
            arrayMap(t -> if(any(any_denominator), toFloat64(t > 0), t / any(denominator_scale)), arrayCumSum(days.3)) AS ds
        FROM
        (
            SELECT
                p.position AS position,
                u.unit AS unit,
                arrayCount(s -> s.1 <= greatest(u.ms, u.exposed_ms + if(p.window_ms > 0, p.to_ms, p.from_ms)), starts) AS day,
                any(u.arm) AS arm,
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
                    u.number AS number, u.unit AS unit, u.arm AS arm, u.exposed_ms AS exposed_ms, a.ms AS ms,
                    arrayJoin(arrayZip(a.places, a.amounts)) AS act, act.2 AS amount, facts[act.1] AS fact
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
    caps AS
    (
        SELECT
            position,
            quantile_with_zeros(arraySort(groupArray(ys[-1])), any(n.people), any(cap_percentile)) AS cap_y,
            quantile_with_zeros(arraySort(groupArray(ds[-1])), any(n.people), any(cap_percentile)) AS cap_d
        FROM totals
        LEFT ANY JOIN (SELECT position, sum(people) AS people FROM entered GROUP BY position) AS n USING (position)
        WHERE cap_percentile > 0 AND (SELECT max(cap_percentile) > 0 FROM footfall.experiment_metrics WHERE experiment = {experiment:String})
        GROUP BY position
    ),
    -- What each day adds to the sums of its arm: the new running total less the one before.
    steps AS
    (
        SELECT
            position,
            arm,
            days.1[k] AS day,
            toInt256(round(if(cap_percentile > 0 AND ys[k] > cap_y, cap_y, ys[k]) * 1e9)) AS y1,
            toInt256(round(if(cap_percentile > 0 AND ys[k - 1] > cap_y, cap_y, ys[k - 1]) * 1e9)) AS y0,
            toInt256(round(if(cap_percentile > 0 AND ds[k] > cap_d, cap_d, ds[k]) * 1e9)) AS d1,
            toInt256(round(if(cap_percentile > 0 AND ds[k - 1] > cap_d, cap_d, ds[k - 1]) * 1e9)) AS d0
        FROM totals
        ARRAY JOIN arrayEnumerate(days) AS k
        LEFT ANY JOIN caps USING (position)
    ),
    sums AS
    (
        SELECT position, arm, day, sum(y1 - y0) AS y, sum(y1 * y1 - y0 * y0) AS yy, sum(d1 - d0) AS d, sum(d1 * d1 - d0 * d0) AS dd, sum(y1 * d1 - y0 * d0) AS yd
        FROM steps
        GROUP BY position, arm, day
    ),
    grid AS
    (
        SELECT
            m.position AS position, m.metric AS metric, m.kind AS kind, m.window_ms > 0 AS windowed, m.alpha AS alpha, m.sequential_tuning AS tuning,
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
    moments AS
    (
        SELECT
            *,
            finite(toFloat64(sy) / 1e9 / n) AS mean_y,
            finite(toFloat64(sd) / 1e9 / n) AS mean_d,
            -- n·Σy² − (Σy)² is exact in whole numbers, however large the values are beside their spread.
            finite(toFloat64(toInt256(whole_n) * syy - sy * sy) / 1e18 / n / (n - 1)) AS variance_y,
            finite(toFloat64(toInt256(whole_n) * sdd - sd * sd) / 1e18 / n / (n - 1)) AS variance_d,
            finite(toFloat64(toInt256(whole_n) * syd - sy * sd) / 1e18 / n / (n - 1)) AS covariance
        FROM running
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
            if(isNull(error), NULL, mean - mean_c) AS difference,
            finite(difference / abs(mean_c)) AS lift,
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
