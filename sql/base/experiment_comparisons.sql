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
-- Source: experiment_tests; STATS as in the functions that it calls.
CREATE OR REPLACE VIEW footfall.experiment_comparisons AS
WITH
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
        FROM footfall.experiment_tests(site = {site:String}, experiment = {experiment:String}, by = {by:String}, cells = {cells:String})
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
