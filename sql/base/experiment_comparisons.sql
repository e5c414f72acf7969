-- Grain: one dimension, metric and arm of an experiment, without a dimension empty ones too; the control's own row compares nothing.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none).
-- Definition: arms, per unit that the metric counts (n of them; people = all exposed): mean, sample variance (of a proportion m(1 − m), of a ratio
--   by the delta method), total (of a ratio the numerator's); counted in [exposed_at + delay, + window), without a window to
--   the end; 0 or 1 for 'any' and proportions, money in major units; covariate x: the same over the covariate_days before the
--   exposure: mean_x, variance_x, covariance with y. Capped values count
--   as the percentile (quantileExact) of all counted units of all arms, zeros included; numerator, denominator and covariate each by its
--   own. positive = units above 0; just_before_only = units that did it in the half hour before the exposure and not after.
--   Comparisons: differences are variation − control: difference by Welch's t test, lift = difference/|control mean| by the delta method with
--   the same degrees of freedom; CUPED takes away what the covariate explains; p_adjusted over all metrics × arms (× dimensions with 100
--   people in both arms) that are no guardrails and have a p, guardrails unadjusted; always_valid holds at every look at once; chance_to_win and risk are of
--   being better in the metric's direction, under a flat prior; power is for minimum_effect, and minimum_detectable_lift is what
--   would be seen with 80 % power. decisive_p = the p-value that a verdict goes by: always-valid while running, p_adjusted when ended.
--   data_trouble = which of the checks that need the metrics' values fails (experiment_health says how), '' for none.
--   trouble = why there is no p-value, '' where there is one.
-- Source: experiment_counts, experiment_units, experiment_amounts, experiment_dimensions, experiment_parts, experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_comparisons AS
WITH
    -- One unit that a metric counts and that did something it adds up: the others are zeros. just_before: the primary metric only.
    values AS
    (
        SELECT
            number,
            position,
            unit,
            if({by:String} = '', '', any(u.dimension)) AS dimension,
            any(u.arm) AS arm,
            any(u.exposed_ms) AS exposed_ms,
            -- Sums of whole numbers (minor units), so that the order of adding does not matter.
            sumIf(amount, after AND NOT denominator) AS sum_y,
            sumIf(amount, after AND denominator) AS sum_d,
            sumIf(amount, before AND since_exposure >= -covariate_ms) AS sum_x,
            if(any(any_value), toFloat64(sum_y > 0), sum_y / any(scale)) AS y,
            if(any(any_value), toFloat64(sum_x > 0), sum_x / any(scale)) AS x,
            if(any(any_denominator), toFloat64(sum_d > 0), sum_d / any(denominator_scale)) AS d,
            max(before AND since_exposure >= -1800000) AS just_before,
            any(u.cap_percentile) AS cap_percentile
        FROM
        (
            SELECT
                u.dimension AS dimension,
                u.unit AS unit,
                u.arm AS arm,
                u.exposed_ms AS exposed_ms,
                u.amount AS amount,
                p.number AS number,
                p.position AS position,
                p.denominator AS denominator,
                p.covariate_ms AS covariate_ms,
                p.any_value AS any_value,
                p.any_denominator AS any_denominator,
                p.scale AS scale,
                p.cap_percentile AS cap_percentile,
                p.denominator_scale AS denominator_scale,
                u.since_exposure AS since_exposure,
                u.since_exposure < 0 AND NOT p.denominator AS before,
                u.since_exposure >= p.from_ms AND u.since_exposure < p.to_ms AND u.ms < p.end_ms AS after
            FROM
            (
                SELECT u.unit AS unit, u.arm AS arm, u.exposed_ms AS exposed_ms, g.dimension AS dimension, arrayJoin(a.parts) AS part, a.amount AS amount,
                    a.ms AS ms, a.ms - u.exposed_ms AS since_exposure
                FROM footfall.experiment_amounts(site = {site:String}, experiment = {experiment:String}) AS a
                INNER JOIN
                (
                    SELECT number, unit, exposed_ms, arm
                    FROM footfall.experiment_units(site = {site:String}, experiment = {experiment:String})
                    WHERE arm > 0
                ) AS u ON u.unit = a.unit AND u.number = a.number
                LEFT ANY JOIN footfall.experiment_dimensions(site = {site:String}, experiment = {experiment:String}, by = {by:String}) AS g ON g.unit = a.unit AND g.number = a.number
            ) AS u
            INNER JOIN footfall.experiment_parts AS p ON p.part = u.part
            WHERE u.exposed_ms <= p.last_counted_ms
                AND (after OR before AND since_exposure >= -greatest(p.covariate_ms, if(p.position = 1, 1800000, 0)))
        ) AS u
        GROUP BY number, position, unit
    ),
    sums AS
    (
        SELECT
            number,
            position,
            dimension,
            arm,
            toFloat64(count()) AS present,
            countIf(y > 0) AS positive,
            countIf(just_before AND y = 0) AS just_before_only,
            (avg(y), count() * varPopStable(y), avg(d), count() * varPopStable(d), avg(x), count() * varPopStable(x)) AS plain,
            (count() * covarPopStable(y, d), count() * covarPopStable(y, x)) AS products,
            groupArrayIf(y, cap_percentile > 0) AS ys,
            groupArrayIf(d, cap_percentile > 0) AS ds,
            groupArrayIf(x, cap_percentile > 0) AS xs
        FROM values
        GROUP BY number, position, dimension, arm
    ),
    counts AS
    (
        SELECT *, sumIf(alone, position = 0) OVER (PARTITION BY number, dimension, arm) AS people
        FROM
        (
            SELECT number, position, dimension, arm, toFloat64(sum(c.counted)) AS n, sum(c.counted - c.multiple) AS alone
            FROM footfall.experiment_counts(site = {site:String}, experiment = {experiment:String}, by = {by:String}) AS c
            WHERE c.arm > 0
            GROUP BY number, position, dimension, arm
        )
    ),
    joined AS
    (
        SELECT *
        FROM counts
        INNER JOIN
        (
            SELECT
                experiment, number, position, metric, guardrail, defined, kind, direction, cap_percentile, covariate_ms > 0 AS has_covariate,
                variations, alpha, sequential_tuning, minimum_effect, correction, ended
            FROM footfall.experiment_metrics
        ) AS m USING (number, position)
        LEFT JOIN sums USING (number, position, dimension, arm)
    ),
    sorted AS
    (
        SELECT
            *,
            sum(n) OVER w AS all_n,
            arraySort(groupArrayArray(ys) OVER w) AS sorted_y,
            arraySort(groupArrayArray(ds) OVER w) AS sorted_d,
            arraySort(groupArrayArray(xs) OVER w) AS sorted_x
        FROM joined
        WINDOW w AS (PARTITION BY number, position)
    ),
    caps AS
    (
        SELECT
            * EXCEPT (sorted_y, sorted_d, sorted_x),
            if(cap_percentile > 0, quantile_with_zeros(sorted_y, all_n, cap_percentile), inf) AS cap_y,
            if(cap_percentile > 0, quantile_with_zeros(sorted_d, all_n, cap_percentile), inf) AS cap_d,
            if(cap_percentile > 0, quantile_with_zeros(sorted_x, all_n, cap_percentile), inf) AS cap_x
        FROM sorted
    ),
    capped AS
    (
        SELECT
            * EXCEPT (ys, ds, xs, plain, products),
            arrayMap(v -> least(v, cap_y), ys) AS y,
            arrayMap(v -> least(v, cap_d), ds) AS d,
            arrayMap(v -> least(v, cap_x), xs) AS x,
            if(cap_percentile > 0 AND notEmpty(y),
                (arrayAvg(y), present * arrayReduce('varPopStable', y), arrayAvg(d), present * arrayReduce('varPopStable', d), arrayAvg(x), present * arrayReduce('varPopStable', x)),
                plain) AS moments,
            if(cap_percentile > 0 AND notEmpty(y),
                (present * arrayReduce('covarPopStable', y, d), present * arrayReduce('covarPopStable', y, x)),
                products) AS crosses
        FROM caps
    ),
    people_of AS
    (
        SELECT
            * EXCEPT (y, d, x),
            finite(moments.1 * present / n) AS mean_y,
            with_zeros_variance(n, present, moments.1, moments.2) AS variance_y,
            finite(moments.3 * present / n) AS mean_d,
            with_zeros_variance(n, present, moments.3, moments.4) AS variance_d,
            with_zeros_covariance(n, present, moments.1, moments.3, crosses.1) AS covariance_yd,
            finite(moments.5 * present / n) AS mean_x,
            with_zeros_variance(n, present, moments.5, moments.6) AS variance_x,
            with_zeros_covariance(n, present, moments.1, moments.5, crosses.2) AS covariance_yx
        FROM capped
    ),
    arms AS
    (
        SELECT
            experiment, number, position, metric, guardrail, defined, kind, direction, has_covariate, dimension, arm, variations[arm] AS variation,
            alpha, sequential_tuning, minimum_effect, correction, ended,
            people, n, positive, just_before_only, cap_y AS cap,
            moments.1 * present AS total,
            if(kind = 'ratio', finite(mean_y / mean_d), mean_y) AS mean,
            multiIf(
                kind = 'ratio', finite(ratio_variance(mean_y, variance_y, mean_d, variance_d, covariance_yd)),
                kind = 'proportion', if(n > 1, mean_y * (1 - mean_y), NULL),
                variance_y) AS variance,
            mean_x,
            variance_x,
            covariance_yx
        FROM people_of
    ),
    pairs AS
    (
        SELECT
            *,
            arm = 1 AS is_control,
            anyIf(n, arm = 1) OVER control AS n_c,
            anyIf(people, arm = 1) OVER control AS people_c,
            anyIf(mean, arm = 1) OVER control AS mean_c,
            anyIf(variance, arm = 1) OVER control AS variance_c,
            anyIf(mean_x, arm = 1) OVER control AS mean_x_c,
            anyIf(variance_x, arm = 1) OVER control AS variance_x_c,
            anyIf(covariance_yx, arm = 1) OVER control AS covariance_c
        FROM arms
        WINDOW control AS (PARTITION BY number, position, dimension)
    ),
    -- One step a level, so that each reads columns and not the expressions behind them.
    effects AS
    (
        SELECT
            *,
            if(is_control, NULL, mean - mean_c) AS difference,
            finite(difference_error(n, variance, n_c, variance_c)) AS error,
            finite(welch_degrees(n, variance, n_c, variance_c)) AS degrees,
            finite(difference / abs(mean_c)) AS lift,
            finite(lift_error(n, mean, variance, n_c, mean_c, variance_c)) AS lift_error_,
            if(is_control OR NOT has_covariate, NULL,
                cuped_theta(n, mean, mean_x, variance_x, covariance_yx, n_c, mean_c, mean_x_c, variance_x_c, covariance_c)) AS theta
        FROM pairs
    ),
    adjusted AS
    (
        SELECT
            *,
            if(error > 0, t_critical(alpha, degrees), NULL) AS critical,
            if(error > 0, difference / error, NULL) AS t_value,
            cuped_variance(variance, variance_x, covariance_yx, theta) AS adjusted_variance,
            cuped_variance(variance_c, variance_x_c, covariance_c, theta) AS adjusted_variance_c,
            finite(mean - theta * mean_x - mean_c + theta * mean_x_c) AS cuped_difference,
            posterior(difference * direction, error * error, 0, inf) AS belief
        FROM effects
    ),
    errors AS
    (
        SELECT
            *,
            finite(cuped_difference / abs(mean_c)) AS cuped_lift,
            finite(difference_error(n, variance_x, n_c, variance_x_c)) AS covariate_error,
            finite(welch_degrees(n, variance_x, n_c, variance_x_c)) AS covariate_degrees,
            finite(welch_degrees(n, adjusted_variance, n_c, adjusted_variance_c)) AS cuped_degrees,
            finite(difference_error(n, adjusted_variance, n_c, adjusted_variance_c)) AS cuped_error,
            finite(cuped_lift_error(n, adjusted_variance, mean, n_c, mean_c, variance_c, variance_x_c, covariance_c, theta)) AS cuped_lift_error_
        FROM adjusted
    ),
    tests AS
    (
        SELECT
            *,
            if(cuped_error > 0, t_critical(alpha, cuped_degrees), NULL) AS cuped_critical,
            t_p(t_value, degrees) AS p_value,
            fieller_interval(n, if(is_control, NULL, mean), variance, n_c, mean_c, variance_c, critical) AS fieller,
            t_p(if(cuped_error > 0, cuped_difference / cuped_error, NULL), cuped_degrees) AS cuped_p_value,
            t_p(if(covariate_error > 0 AND NOT is_control AND has_covariate, (mean_x - mean_x_c) / covariate_error, NULL), covariate_degrees) AS covariate_p,
            finite(1 - pow(cuped_error / error, 2)) AS variance_removed,
            always_valid_half_width(if(is_control, NULL, error), n + n_c, alpha, sequential_tuning) AS half_width,
            NOT is_control AND NOT guardrail AND ({by:String} = '' OR (people >= 100 AND people_c >= 100)) AS in_family
        FROM errors
    ),
    families AS
    (
        SELECT
            *,
            groupArrayIf(p_value, in_family) OVER (PARTITION BY number) AS family,
            minIf(covariate_p, NOT is_control) OVER (PARTITION BY number) * countIf(isNotNull(covariate_p)) OVER (PARTITION BY number) AS least_covariate_p,
            sumIf(positive, position = 1) OVER (PARTITION BY number) AS converted,
            sumIf(just_before_only, position = 1) OVER (PARTITION BY number) AS converted_before,
            groupArrayIf((just_before_only, positive), position = 1) OVER (PARTITION BY number) AS conversions
        FROM tests
    )
SELECT
    experiment, number, position, metric, guardrail, defined, kind, direction, dimension, arm, variation, is_control, ended, alpha,
    sequential_tuning, minimum_effect, people, people_c, n, n_c, positive, just_before_only, cap, total, mean, mean_c, variance, variance_c, mean_x, variance_x, mean_x_c, variance_x_c,
    difference,
    difference - critical * error AS difference_low,
    difference + critical * error AS difference_high,
    p_value,
    multiIf(
        guardrail, p_value,
        NOT in_family, NULL,
        correction = 'bh', benjamini_hochberg_adjusted(p_value, family),
        holm_adjusted(p_value, family)) AS p_adjusted,
    lift,
    lift - critical * lift_error_ AS lift_low,
    lift + critical * lift_error_ AS lift_high,
    fieller.low AS lift_fieller_low,
    fieller.high AS lift_fieller_high,
    cuped_difference,
    cuped_difference - cuped_critical * cuped_error AS cuped_difference_low,
    cuped_difference + cuped_critical * cuped_error AS cuped_difference_high,
    cuped_p_value,
    cuped_lift,
    cuped_lift - cuped_critical * cuped_lift_error_ AS cuped_lift_low,
    cuped_lift + cuped_critical * cuped_lift_error_ AS cuped_lift_high,
    variance_removed,
    error,
    chance_to_win(belief.1, belief.2) AS chance_to_win,
    risk(belief.1, belief.2) AS risk,
    difference - half_width AS always_valid_low,
    difference + half_width AS always_valid_high,
    always_valid_p(difference, error, n + n_c, alpha, sequential_tuning) AS always_valid_p,
    if(is_control, NULL, power_of(minimum_effect * abs(mean_c), error, alpha)) AS power,
    if(is_control, NULL, minimum_detectable_lift(n, variance, n_c, mean_c, variance_c, alpha, 0.8)) AS minimum_detectable_lift,
    if(ended, p_adjusted, always_valid_p) AS decisive_p,
    multiIf(
        least_covariate_p < 0.001, concat('the arms differed before the exposure (p ', toString(round(least_covariate_p, 6)), ')'),
        converted_before > 0.05 * (converted + converted_before) AND converted_before >= 10,
            concat(toString(converted_before), ' people did it just before their exposure and not after: exposures are logged too late'),
        '') AS data_trouble,
    if(least_covariate_p > 1, 1., least_covariate_p) AS least_covariate_p,
    converted,
    converted_before,
    multiIf(
        is_control OR isNotNull(p_value), '',
        NOT defined, 'the table metrics has no such metric',
        n = 0 AND n_c = 0, 'nobody counts yet',
        n = 0, 'nobody in this variation counts yet',
        n_c = 0, 'nobody in the control counts yet',
        n < 2, 'one person in this variation: no spread to compare with',
        n_c < 2, 'one person in the control: no spread to compare with',
        isNull(mean) OR isNull(mean_c), 'the denominator is 0',
        kind = 'proportion' AND mean = 0 AND mean_c = 0, 'nobody did it in either arm',
        kind = 'proportion' AND mean = 1 AND mean_c = 1, 'everybody did it in both arms',
        'all values are equal: no spread to compare with') AS trouble
FROM families;
