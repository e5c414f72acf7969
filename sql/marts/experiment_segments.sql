-- Grain: one value of a dimension, metric and variation of an experiment.
-- Parameters: experiment, by String.
-- Definition: columns as in experiment_results, among people whose first exposure happened in a session of that dimension: the 100 values
--   with most people, the rest together as '(other)'. p_adjusted: one
--   family over dimensions × metrics × variations with 100 people in both arms (others NULL). verdict: do not read, where a health check of the
--   experiment fails; better, worse, no difference seen (by p_adjusted), cannot tell, too few people. note: exploratory, whatever it shows: the
--   more one looks, the more one finds; a difference between segments wants an experiment of its own.
-- Source: segment_verdicts, experiment_cells, experiment_described, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_segments AS
SELECT
    tupleElement(r, 'dimension') AS dimension,
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
    multiIf(
        is_control, 'control',
        failed != '', concat('do not read: ', failed),
        tupleElement(r, 'trouble') != '', concat('cannot tell: ', tupleElement(r, 'trouble')),
        least(people, tupleElement(r, 'people_c')) < 100, 'too few people',
        ifNull(if(guardrail, p_value, p_adjusted) < tupleElement(r, 'alpha'), false), if(difference * tupleElement(r, 'direction') > 0, 'better', 'worse'),
        'no difference seen') AS verdict,
    'exploratory' AS note
FROM footfall.segment_verdicts(
    experiment = {experiment:String},
    by = {by:String},
    cells = (
        SELECT check_packed(assumeNotNull(cells))
        FROM footfall.experiment_cells(
            site = '', experiment = {experiment:String}, by = {by:String},
            described = (SELECT assumeNotNull(described) FROM footfall.experiment_described(site = '', experiment = {experiment:String})))))
WHERE (SELECT ok + check_segment({by:String}) FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY dimension, tupleElement(r, 'position'), tupleElement(r, 'arm');
