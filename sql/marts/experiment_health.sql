-- Grain: one check of an experiment, the failing ones first.
-- Parameters: experiment String.
-- Definition: value is a p-value (sample_ratio, sample_ratio_sequential, variation_changes, bots, interaction, pre_exposure_difference), a share
--   (multiple_variations, unknown_variations, exposed_after_conversion) or a number (missing_arms, metrics_defined); NULL where there is nothing to
--   check yet. threshold: a p-value must not be below it, the rest not above. A failing check means: do not read the results.
-- Source: experiment_checks, experiment_comparisons, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_health AS
SELECT c.1 AS check, c.2 AS value, c.3 AS threshold, c.4 AS ok, c.5 AS says
FROM
(
    SELECT arrayJoin(checks) AS c
    FROM footfall.experiment_checks(site = '', experiment = {experiment:String})
    UNION ALL
    SELECT arrayJoin(
    [
        (
            'pre_exposure_difference', finite(any(v.least_covariate_p)), 0.001, ifNull(any(v.least_covariate_p) >= 0.001, true),
            multiIf(
                isNull(any(v.least_covariate_p)), 'no metric has a covariate that varies',
                any(v.least_covariate_p) >= 0.001, 'before the exposure the arms behaved alike',
                'the arms differed before the exposure could have had an effect')
        ),
        (
            'exposed_after_conversion', finite(any(v.converted_before) / (any(v.converted) + any(v.converted_before))), 0.05,
            any(v.converted_before) < 10 OR any(v.converted_before) <= 0.05 * (any(v.converted) + any(v.converted_before)),
            concat(toString(any(v.converted_before)), ' people did what the primary metric counts in the half hour before their exposure and not after; ',
                toString(any(v.converted)), ' after')
        )
    ]) AS c
    FROM footfall.experiment_comparisons(site = '', experiment = {experiment:String}, by = '') AS v
)
WHERE (SELECT ok FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY ok, check;
