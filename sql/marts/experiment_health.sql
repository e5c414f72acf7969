-- Grain: one check of an experiment, the failing ones first.
-- Parameters: experiment String.
-- Definition: value is a p-value (sample_ratio, sample_ratio_sequential, variation_changes, bots, interaction, pre_exposure_difference), a share
--   (multiple_variations, unknown_variations, exposed_after_conversion) or a number (missing_arms, metrics_defined); NULL where there is nothing to
--   check, or too little (χ² with fewer than 5 expected is not judged). threshold: a p-value must not be below it, the rest not above.
--   exposed_after_conversion: of those who first did what the primary counts around their exposure or after it, the share who did it in the half
--   hour before and not after; ten at least, and more than came to it in the half hour after (p < 0.01). A failing check means: do not
--   read the results.
-- Source: experiment_judged, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_health AS
SELECT c.1 AS check, c.2 AS value, c.3 AS threshold, c.4 AS ok, c.5 AS says
FROM (SELECT arrayJoin(any(checks)) AS c FROM footfall.experiment_judged(site = '', experiment = {experiment:String}))
WHERE (SELECT ok FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY ok, check;
