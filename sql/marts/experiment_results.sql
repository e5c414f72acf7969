-- Grain: one metric and variation of an experiment, the control first; the primary metric first.
-- Parameters: experiment String.
-- Definition: people = exposed to this variation alone; mature_people = those whose delay and window are over, whom all else counts; mean per
--   person (of a ratio: of the sums), total = the sum (of a ratio the numerator's), money in major units. Differences are variation −
--   control: Welch's t test decides, the lift is against |control mean| with the delta method's interval (lift_fieller: Fieller's, right also
--   where the control mean is uncertain), cuped_ the same with what people did before the exposure taken away (variance_removed: the share
--   it explains). p_adjusted: Holm (or Benjamini–Hochberg) over metrics × variations; guardrails unadjusted. chance_to_win and risk (in the
--   metric's unit): of being better, flat prior. always_valid: of the difference, may be looked at daily. power: for minimum_effect now;
--   minimum_detectable_lift: seen four times of five. NULL = cannot be said; verdict says why. The verdict of the primary metric's rows is
--   the variation's: ship, do not ship, keep running, do not read, no effect found.
-- Source: experiment_judged, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_results AS
SELECT
    metric, variation, is_control, position = 1 AS is_primary, guardrail, kind, people, toUInt64(n) AS mature_people, total, mean,
    difference, difference_low, difference_high, p_value, p_adjusted,
    lift, lift_low, lift_high, lift_fieller_low, lift_fieller_high,
    cuped_difference, cuped_difference_low, cuped_difference_high, cuped_p_value, cuped_lift, cuped_lift_low, cuped_lift_high, variance_removed,
    chance_to_win, risk, always_valid_low, always_valid_high, always_valid_p, power, minimum_detectable_lift,
    if(is_control, 'control', if(reason = '', word, concat(word, ': ', reason))) AS verdict
FROM footfall.experiment_judged(site = '', experiment = {experiment:String})
WHERE (SELECT ok FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY position, arm;
