-- Grain: one value of a dimension, metric and variation of an experiment.
-- Parameters: experiment, by String.
-- Definition: as experiment_results, among people whose first exposure happened in a session of that dimension. p_adjusted: one family over
--   dimensions × metrics × variations with 100 people in both arms (others NULL). note: exploratory, whatever it shows: the more one looks, the more
--   one finds; a difference between segments wants an experiment of its own.
-- Source: experiment_cells, experiment_comparisons (functions over the base views), check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_segments AS
WITH experiment_cells('', {experiment:String}, {by:String}) AS cells
SELECT
    tupleElement(r, 'dimension') AS dimension,
    tupleElement(r, 'metric') AS metric,
    tupleElement(r, 'variation') AS variation,
    tupleElement(r, 'is_control') AS is_control,
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
    tupleElement(r, 'chance_to_win') AS chance_to_win,
    tupleElement(r, 'risk') AS risk,
    tupleElement(r, 'always_valid_low') AS always_valid_low,
    tupleElement(r, 'always_valid_high') AS always_valid_high,
    tupleElement(r, 'always_valid_p') AS always_valid_p,
    multiIf(
        is_control, 'control',
        tupleElement(r, 'trouble') != '', concat('cannot tell: ', tupleElement(r, 'trouble')),
        least(people, tupleElement(r, 'people_c')) < 100, 'too few people',
        ifNull(p_adjusted < tupleElement(r, 'alpha'), false), if(difference * tupleElement(r, 'direction') > 0, 'better', 'worse'),
        'no difference seen') AS verdict,
    'exploratory' AS note
FROM (SELECT arrayJoin(experiment_comparisons(cells, '', {experiment:String}, {by:String})) AS r)
WHERE (SELECT ok + check_segment({by:String}) FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY dimension, tupleElement(r, 'position'), tupleElement(r, 'arm');
