-- Grain: one dimension, metric and arm of an experiment.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none), cells String (of
--   experiment_cells by the same).
-- Definition: r, a named tuple; without a dimension empty arms too; the control's own row compares nothing.
--   Arms, per unit that the metric counts (n of them; people = all exposed to this variation alone): mean, sample variance (of a proportion
--   m(1 − m), of a ratio by the delta method), total (of a ratio the numerator's). Differences are variation − control, by Welch's t test; lift =
--   difference/|control mean| by the delta method with the same degrees of freedom; CUPED takes away what the covariate explains; p_adjusted over all
--   metrics × arms (× dimensions with 100 people in both arms) that are no guardrails and have a p, guardrails unadjusted; always_valid holds
--   at every look at once; chance_to_win and risk are of being better in the metric's direction, under a flat prior; power is for minimum_effect,
--   minimum_detectable_lift what would be seen with 80 % power, both at the alpha that the correction leaves to the least p (alpha over the number of
--   tests; guardrails at alpha). decisive_p = the p-value that a verdict goes by: always-valid while running, p_adjusted
--   when ended (of a guardrail unadjusted). trouble = why there is no p-value, '' where there is one (the difference alone may
--   be there: means that differ, but no spread to test by).
-- Source: experiment_metrics; STATS as in the functions that it calls.
CREATE OR REPLACE VIEW footfall.experiment_comparisons AS
WITH
    counted AS
    (
        SELECT
            tupleElement(c, 'number') AS number, tupleElement(c, 'dimension') AS dimension, tupleElement(c, 'position') AS position, tupleElement(c, 'arm') AS arm,
            sum(tupleElement(c, 'n') - tupleElement(c, 'several')) AS alone, sumForEach(tupleElement(c, 'mature')) AS mature,
            any(tupleElement(c, 'present')) AS present, any(tupleElement(c, 'moments')) AS moments
        FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
        GROUP BY number, dimension, position, arm
    ),
    grid AS
    (
        SELECT
            m.experiment AS experiment, m.number AS number, m.position AS position, m.metric AS metric, m.guardrail AS guardrail, m.defined AS defined,
            m.kind AS kind, m.direction AS direction, m.covariate_ms > 0 AS has_covariate, m.alpha AS alpha, m.sequential_tuning AS tuning,
            m.minimum_effect AS minimum_effect, m.correction AS correction, m.ended AS ended,
            m.place AS place, m.last_counted_ms AS last_counted_ms,
            arrayJoin(arrayEnumerate(m.variations)) AS of_variations,
            toUInt8(of_variations) AS arm,
            m.variations[of_variations] AS variation,
            arrayJoin(if({by:String} = '', [''], arrayDistinct(arrayMap(c -> tupleElement(c, 'dimension'), cells_of({cells:String}))))) AS dimension
        FROM footfall.experiment_metrics AS m
        WHERE experiment_asked(m.site, m.experiment, {site:String}, {experiment:String})
    ),
    arms AS
    (
        SELECT
            *,
            toFloat64(mature[place]) AS n,
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
            * EXCEPT (place, of_variations, mature, moments, present, mean_y, mean_d, variance_y, variance_d, covariance_yd),
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
    ),
    errors AS
    (
        SELECT
            *,
            tupleElement(test, 'kind') AS test_kind,
            tupleElement(test, 'estimate') AS estimate,
            -- An arm without spread has nothing to be compared by.
            if(NOT is_control AND tupleElement(test, 'variance') > 0 AND tupleElement(test, 'variance_c') > 0,
                finite(difference_error(n, tupleElement(test, 'variance'), n_c, tupleElement(test, 'variance_c'))), NULL) AS test_error,
            if(test_error > 0, finite(welch_degrees(n, tupleElement(test, 'variance'), n_c, tupleElement(test, 'variance_c'))), NULL) AS degrees,
            finite(tupleElement(test, 'lift')) AS test_lift,
            if(test_error > 0, finite(tupleElement(test, 'lift_error')), NULL) AS test_lift_error
        FROM tests
    ),
    tested AS
    (
        SELECT
            *,
            t_critical(alpha, degrees) AS critical,
            t_p(estimate / test_error, degrees) AS p
        FROM errors
    ),
    folded AS
    (
        SELECT
            *,
            arraySort(groupArray((
                test_kind, estimate, test_error, estimate - critical * test_error, estimate + critical * test_error, p,
                test_lift, test_lift - critical * test_lift_error, test_lift + critical * test_lift_error)) OVER w) AS results,
            results[1] AS own,
            results[2] AS cuped,
            own.3 AS error,
            -- Without a test there is no difference to be said of equal means, or of one person.
            if(isNull(error) AND ifNull(own.2 = 0 OR n < 2 OR n_c < 2, true), NULL, own.2) AS difference,
            if(isNull(error), NULL, own.7) AS lift,
            if(isNull(cuped.3), NULL, cuped.2) AS cuped_difference,
            if(isNull(cuped.3), NULL, cuped.7) AS cuped_lift,
            own.6 AS p_value,
            NOT is_control AND NOT guardrail AND ({by:String} = '' OR (people >= 100 AND people_c >= 100)) AS in_family
        FROM tested
        WINDOW w AS (PARTITION BY number, position, dimension, arm)
    ),
    families AS
    (
        SELECT
            *,
            groupArrayIf(p_value, in_family) OVER w AS family,
            alpha / if(guardrail OR empty(family), 1, length(family)) AS alpha_each,
            holm_adjusted(p_value, family) AS holm_p,
            benjamini_hochberg_adjusted(p_value, family) AS bh_p,
            always_valid_half_width(error, n + n_c, alpha, tuning) AS half_width,
            always_valid_p(difference, error, n + n_c, alpha, tuning) AS always_p,
            fieller_interval(n, mean, variance, n_c, mean_c, variance_c, critical) AS fieller
        FROM folded
        WHERE test_kind = 1
        WINDOW w AS (PARTITION BY number)
    ),
    judged_by AS
    (
        SELECT
            *,
            multiIf(guardrail, p_value, NOT in_family, NULL, correction = 'bh', bh_p, holm_p) AS adjusted_p,
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
                kind = 'proportion' AND mean = 0, 'nobody did it in this variation: no spread to compare with',
                kind = 'proportion' AND mean_c = 0, 'nobody did it in the control: no spread to compare with',
                kind = 'proportion' AND mean = 1, 'everybody did it in this variation: no spread to compare with',
                kind = 'proportion' AND mean_c = 1, 'everybody did it in the control: no spread to compare with',
                variance = 0 AND variance_c = 0, 'all values are equal: no spread to compare with',
                variance = 0, 'all values of this variation are equal: no spread to compare with',
                'all values of the control are equal: no spread to compare with') AS why_not
        FROM families
    )
SELECT CAST(
    (
        number, position, metric, guardrail, kind, direction, dimension, arm, variation, is_control, ended, alpha, tuning, minimum_effect,
        people, people_c, n, n_c, total, mean, mean_c, error,
        difference, own.4, own.5, p_value, adjusted_p, lift, own.8, own.9,
        if(is_control, NULL, fieller.1), if(is_control, NULL, fieller.2),
        cuped_difference, cuped.4, cuped.5, cuped.6, cuped_lift, cuped.8, cuped.9, finite(1 - pow(cuped.3 / error, 2)),
        chance_to_win(difference * direction, error), risk(difference * direction, error),
        difference - half_width, difference + half_width, always_p,
        if(mean_c = 0, NULL, power_of(minimum_effect * abs(mean_c), error, alpha_each)),
        if(isNull(error), NULL, minimum_detectable_lift(n, variance, n_c, mean_c, variance_c, alpha_each, 0.8)),
        multiIf(NOT ended, always_p, guardrail, p_value, adjusted_p),
        why_not, last_counted_ms
    ),
    'Tuple(
        number UInt16, position UInt16, metric String, guardrail Bool, kind String, direction Int8, dimension String, arm UInt8, variation String, is_control Bool,
        ended Bool, alpha Float64, tuning Float64, minimum_effect Float64,
        people UInt64, people_c UInt64, n Float64, n_c Float64, total Nullable(Float64), mean Nullable(Float64), mean_c Nullable(Float64), error Nullable(Float64),
        difference Nullable(Float64), difference_low Nullable(Float64), difference_high Nullable(Float64), p_value Nullable(Float64), p_adjusted Nullable(Float64),
        lift Nullable(Float64), lift_low Nullable(Float64), lift_high Nullable(Float64), lift_fieller_low Nullable(Float64), lift_fieller_high Nullable(Float64),
        cuped_difference Nullable(Float64), cuped_difference_low Nullable(Float64), cuped_difference_high Nullable(Float64), cuped_p_value Nullable(Float64),
        cuped_lift Nullable(Float64), cuped_lift_low Nullable(Float64), cuped_lift_high Nullable(Float64), variance_removed Nullable(Float64),
        chance_to_win Nullable(Float64), risk Nullable(Float64), always_valid_low Nullable(Float64), always_valid_high Nullable(Float64),
        always_valid_p Nullable(Float64), power Nullable(Float64), minimum_detectable_lift Nullable(Float64), decisive_p Nullable(Float64),
        trouble String, last_counted_ms Int64)') AS r
FROM judged_by;
