-- Grain: one metric and variation of an experiment, the control first; the primary metric first.
-- Parameters: experiment String.
-- Definition: people = exposed to this variation alone; mature_people = those whose delay and window are over, whom all else counts; mean per
--   person (of a ratio: of the sums), total = the sum (of a ratio the numerator's), money in major units. Differences are variation −
--   control: Welch's t test decides, the lift is against |control mean| with the delta method's interval (lift_fieller: Fieller's, right also
--   where the control mean is uncertain), cuped_ the same with what people did before the exposure taken away (variance_removed: the share
--   it explains). p_adjusted: Holm (or Benjamini–Hochberg) over metrics × variations; guardrails unadjusted. chance_to_win and risk (in the
--   metric's unit): of being better, flat prior. always_valid: of the difference, may be looked at daily. power: for minimum_effect now;
--   minimum_detectable_lift: seen four times of five (both at alpha over the number of tests, guardrails at alpha); days_left: of keep running, whole
--   days at this pace until minimum_effect would be seen, 100 people count in each arm and min_days have passed. NULL = cannot be said;
--   verdict says why. The verdict of the primary metric's rows is the variation's: ship, do not ship, keep running, do not read; of one that has
--   ended: no effect found (the lift's interval lies inside ± minimum_effect), else cannot tell.
-- Source: experiment_judged, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_results AS
SELECT
    tupleElement(r, 'metric') AS metric,
    tupleElement(r, 'variation') AS variation,
    tupleElement(r, 'is_control') AS is_control,
    tupleElement(r, 'position') = 1 AS is_primary,
    tupleElement(r, 'guardrail') AS guardrail,
    tupleElement(r, 'kind') AS kind,
    tupleElement(r, 'people') AS people,
    toUInt64(tupleElement(r, 'n')) AS mature_people,
    tupleElement(r, 'total') AS total,
    tupleElement(r, 'mean') AS mean,
    tupleElement(r, 'difference') AS difference,
    tupleElement(r, 'difference_low') AS difference_low,
    tupleElement(r, 'difference_high') AS difference_high,
    tupleElement(r, 'p_value') AS p_value,
    tupleElement(r, 'p_adjusted') AS p_adjusted,
    tupleElement(r, 'lift') AS lift,
    tupleElement(r, 'lift_low') AS lift_low,
    tupleElement(r, 'lift_high') AS lift_high,
    tupleElement(r, 'lift_fieller_low') AS lift_fieller_low,
    tupleElement(r, 'lift_fieller_high') AS lift_fieller_high,
    tupleElement(r, 'cuped_difference') AS cuped_difference,
    tupleElement(r, 'cuped_difference_low') AS cuped_difference_low,
    tupleElement(r, 'cuped_difference_high') AS cuped_difference_high,
    tupleElement(r, 'cuped_p_value') AS cuped_p_value,
    tupleElement(r, 'cuped_lift') AS cuped_lift,
    tupleElement(r, 'cuped_lift_low') AS cuped_lift_low,
    tupleElement(r, 'cuped_lift_high') AS cuped_lift_high,
    tupleElement(r, 'variance_removed') AS variance_removed,
    tupleElement(r, 'chance_to_win') AS chance_to_win,
    tupleElement(r, 'risk') AS risk,
    tupleElement(r, 'always_valid_low') AS always_valid_low,
    tupleElement(r, 'always_valid_high') AS always_valid_high,
    tupleElement(r, 'always_valid_p') AS always_valid_p,
    tupleElement(r, 'power') AS power,
    tupleElement(r, 'minimum_detectable_lift') AS minimum_detectable_lift,
    left_days AS days_left,
    if(is_control, 'control', if(reason = '', word, concat(word, ': ', reason))) AS verdict
FROM footfall.experiment_judged(site = '', experiment = {experiment:String})
WHERE (SELECT ok FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY tupleElement(r, 'position'), tupleElement(r, 'arm');
