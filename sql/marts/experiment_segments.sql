-- Grain: one value of a dimension, metric and variation of an experiment.
-- Parameters: experiment, by String.
-- Definition: as experiment_results, among people whose first exposure happened in a session of that dimension. p_adjusted: one family over
--   dimensions × metrics × variations with 100 people in both arms (others NULL). note: exploratory, whatever it shows: the more one looks, the more
--   one finds; a difference between segments wants an experiment of its own.
-- Source: experiment_comparisons, check_experiment.
CREATE OR REPLACE VIEW footfall.experiment_segments AS
SELECT
    dimension, metric, variation, is_control, people, toUInt64(n) AS mature_people, total, mean,
    difference, difference_low, difference_high, p_value, p_adjusted, lift, lift_low, lift_high,
    chance_to_win, risk, always_valid_low, always_valid_high, always_valid_p,
    if(is_control, 'control', if(trouble != '', concat('cannot tell: ', trouble),
        if(least(people, people_c) < 100, 'too few people', multiIf(ifNull(p_adjusted < alpha, false) AND difference * direction > 0, 'better', ifNull(p_adjusted < alpha, false), 'worse', 'no difference seen')))) AS verdict,
    'exploratory' AS note
FROM footfall.experiment_comparisons(site = '', experiment = {experiment:String}, by = {by:String})
WHERE (SELECT ok + check_segment({by:String}) FROM footfall.check_experiment(experiment = {experiment:String})) = 0
ORDER BY dimension, position, arm;
