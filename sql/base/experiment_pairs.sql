-- Grain: one dimension, metric and arm of an experiment beside its control, and test: of the difference (1), and of that with CUPED (2).
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none), cells String (of
--   experiment_cells by the same).
-- Definition: columns of experiment_comparisons, and of the control those with _c; test = what is tested, by whose variances, and the lift.
-- Source: experiment_metrics; STATS as in the functions that it calls.
CREATE OR REPLACE VIEW footfall.experiment_pairs AS
WITH
    counted AS
    (
        SELECT
            tupleElement(c, 'number') AS number, tupleElement(c, 'dimension') AS dimension, tupleElement(c, 'position') AS position, tupleElement(c, 'arm') AS arm,
            sum(tupleElement(c, 'n') - tupleElement(c, 'several')) AS alone, sumForEach(tupleElement(c, 'mature')) AS mature,
            any(tupleElement(c, 'present')) AS present, any(tupleElement(c, 'moments')) AS moments
        FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
        WHERE {by:String} = '' OR tupleElement(c, 'day') < 0
        GROUP BY number, dimension, position, arm
    ),
    grid AS
    (
        SELECT
            m.experiment AS experiment, m.number AS number, m.position AS position, m.metric AS metric, m.guardrail AS guardrail, m.defined AS defined,
            m.kind AS kind, m.direction AS direction, m.covariate_ms > 0 AS has_covariate, m.alpha AS alpha, m.sequential_tuning AS tuning,
            m.minimum_effect AS minimum_effect, m.correction AS correction, m.ended AS ended,
            m.last_counted_ms AS last_counted_ms,
            arrayJoin(arrayEnumerate(m.variations)) AS of_variations,
            toUInt8(of_variations) AS arm,
            m.variations[of_variations] AS variation,
            arrayJoin(if({by:String} = '', [''], arrayDistinct(arrayMap(c -> tupleElement(c, 'dimension'), arrayFilter(c -> tupleElement(c, 'day') < 0, cells_of({cells:String})))))) AS dimension
        FROM footfall.experiment_metrics AS m
        WHERE experiment_asked(m.site, m.experiment, {site:String}, {experiment:String})
    ),
    arms AS
    (
        SELECT
            *,
            toFloat64(mature[position]) AS n,
            if(defined, moments.mean_y * present, NULL) AS total,
            finite(moments.mean_y * present / n) AS mean_y,
            finite(moments.mean_d * present / n) AS mean_d,
            finite(moments.mean_x * present / n) AS mean_x,
            with_zeros_variance(n, present, moments.mean_y, moments.squares_y) AS variance_y,
            with_zeros_variance(n, present, moments.mean_d, moments.squares_d) AS variance_d,
            with_zeros_variance(n, present, moments.mean_x, moments.squares_x) AS variance_x,
            with_zeros_covariance(n, present, moments.mean_y, moments.mean_d, moments.products_yd) AS covariance_yd,
            with_zeros_covariance(n, present, moments.mean_y, moments.mean_x, moments.products_yx) AS covariance_yx,
            multiIf(NOT defined, NULL, kind = 'ratio', finite(mean_y / mean_d), mean_y) AS mean,
            multiIf(
                NOT defined, NULL,
                kind = 'ratio', finite(ratio_variance(mean_y, variance_y, mean_d, variance_d, covariance_yd)),
                kind = 'proportion', if(n > 1, mean_y * (1 - mean_y), NULL),
                variance_y) AS variance
        FROM grid
        LEFT JOIN (SELECT * EXCEPT (alone, mature) FROM counted) AS c USING (number, position, arm, dimension)
        LEFT JOIN (SELECT number, arm, dimension, alone AS people, mature FROM counted WHERE position = 0) AS p USING (number, arm, dimension)
        WHERE {by:String} = '' OR n > 0
    ),
    pairs AS
    (
        SELECT
            * EXCEPT (of_variations, mature, moments, present, mean_y, mean_d, variance_y, variance_d, covariance_yd),
            arm = 1 AS is_control,
            anyIf(n, is_control) OVER w AS n_c,
            anyIf(people, is_control) OVER w AS people_c,
            anyIf(mean, is_control) OVER w AS mean_c,
            anyIf(variance, is_control) OVER w AS variance_c,
            anyIf(mean_x, is_control) OVER w AS mean_x_c,
            anyIf(variance_x, is_control) OVER w AS variance_x_c,
            anyIf(covariance_yx, is_control) OVER w AS covariance_c
        FROM arms
        WINDOW w AS (PARTITION BY number, position, dimension)
    ),
    -- One step a level, so that each reads columns and not the expressions behind them.
    effects AS
    (
        SELECT
            *,
            if(is_control, NULL, mean - mean_c) AS apart,
            if(is_control OR NOT has_covariate, NULL,
                cuped_theta(n, mean, mean_x, variance_x, covariance_yx, n_c, mean_c, mean_x_c, variance_x_c, covariance_c)) AS theta
        FROM pairs
    ),
    adjusted AS
    (
        SELECT
            *,
            cuped_variance(variance, variance_x, covariance_yx, theta) AS adjusted_variance,
            cuped_variance(variance_c, variance_x_c, covariance_c, theta) AS adjusted_variance_c
        FROM effects
    ),
    -- Two tests a row, the difference and that of CUPED, so that their formulae are planned once.
    tests AS
    (
        SELECT
            *,
            arrayJoin(CAST(
                [
                    (1, apart, variance, variance_c, apart / abs(mean_c), lift_error(n, mean, variance, n_c, mean_c, variance_c)),
                    (2, mean - theta * mean_x - mean_c + theta * mean_x_c, adjusted_variance, adjusted_variance_c,
                        (mean - theta * mean_x - mean_c + theta * mean_x_c) / abs(mean_c),
                        cuped_lift_error(n, adjusted_variance, mean, n_c, mean_c, variance_c, variance_x_c, covariance_c, theta))
                ],
                'Array(Tuple(kind UInt8, estimate Nullable(Float64), variance Nullable(Float64), variance_c Nullable(Float64), lift Nullable(Float64), lift_error Nullable(Float64)))')) AS test
        FROM adjusted
    )
SELECT *
FROM tests;
