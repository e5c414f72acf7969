-- Grain: one experiment.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), cells String (of experiment_cells, by any dimension: all of its
--   values are taken together).
-- Definition: k, a named tuple: its health checks, each (check, value, threshold, ok, says): says in words what it looked at and found; exposed (all
--   of them) and first_ms (the first exposure; 0 without) are for the verdict.
-- Source: experiment_splits, experiment_independence, experiment_beforehand, experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_checks AS
WITH
    values AS
    (
        SELECT
            *,
            arraySum(people) > 0 AND arraySum(people) * arrayMin(weights) < 5 * arraySum(weights) AS too_few_to_split,
            if(too_few_to_split, NULL, sample_ratio_p(people, weights)) AS ratio_p,
            arrayMax(arrayMap(c -> sample_ratio_evidence(c, weights), by_day)) AS evidence,
            if(empty(day_list) OR arraySum(people) = 0, NULL, if(evidence < 0, 1., exp(-evidence))) AS sequential_p,
            arrayFilter((v, n, w) -> n = 0 AND arraySum(people) * w / arraySum(weights) >= 10, variations, people, weights) AS empty_arms,
            arrayStringConcat(arrayMap((v, n) -> concat(v, ' ', toString(n)), variations, people), ', ') AS split
        FROM footfall.experiment_splits(site = {site:String}, experiment = {experiment:String}, cells = {cells:String}) AS s
        LEFT JOIN (SELECT * FROM footfall.experiment_independence(site = {site:String}, experiment = {experiment:String}, cells = {cells:String})) AS i USING (experiment)
        LEFT JOIN (SELECT number, groupArrayIf(metric, NOT defined) AS missing, max(before_ms) > 0 AS may_come_late FROM footfall.experiment_metrics GROUP BY number) AS u USING (number)
        LEFT JOIN (SELECT * FROM footfall.experiment_beforehand(site = {site:String}, experiment = {experiment:String}, cells = {cells:String})) AS b USING (number)
    )
SELECT CAST(
    (number, exposed, earliest, arrayConcat(
        [
            (
                'sample_ratio', finite(ratio_p), 0.001, ifNull(ratio_p >= 0.001, true),
                multiIf(
                    too_few_to_split, concat('people exposed: ', split, '; too few to tell, fewer than 5 are expected in a variation'),
                    isNull(ratio_p), 'nobody has been exposed yet',
                    concat('people exposed: ', split, if(ratio_p >= 0.001, '; as the weights would have it', '; not as the weights would have it, so the arms are not comparable')))
            ),
            (
                'sample_ratio_sequential', finite(sequential_p), 0.001, ifNull(sequential_p >= 0.001, true),
                if(isNull(sequential_p), 'nobody has been exposed yet',
                    if(sequential_p >= 0.001, 'the split was as weighted at every day''s end (may be looked at daily)', 'at some day''s end the split was not as weighted (may be looked at daily)'))
            ),
            (
                'multiple_variations', finite(all_several / exposed), 0.01,
                exposed = 0 OR (all_several <= 0.01 * exposed AND ifNull(multiple_p >= 0.001, true)),
                concat(toString(all_several), ' of ', toString(exposed), ' people saw more than one variation and are left out',
                    multiIf(
                        isNull(multiple_p) AND all_several > 0, '; too few to compare the arms by',
                        ifNull(multiple_p < 0.001, false), '; more in one arm than in another',
                        ''))
            ),
            (
                'unknown_variations', finite(unknown / exposed), 0.01, exposed = 0 OR unknown <= 0.01 * exposed,
                concat(toString(unknown), ' of ', toString(exposed), ' people saw a variation that the experiment does not list and are left out')
            ),
            (
                'missing_arms', toNullable(toFloat64(length(empty_arms))), 0., empty(empty_arms),
                if(empty(empty_arms), 'every variation has people, or is too young to', concat('nobody saw ', arrayStringConcat(empty_arms, ', ')))
            ),
            (
                'variation_changes', finite(drift_p), 0.001, ifNull(drift_p >= 0.001, true),
                multiIf(
                    length(day_list) < 2, 'people came on one day only',
                    isNull(drift_p), 'too few people to tell: fewer than 5 are expected of a variation in a half',
                    drift_p >= 0.001, 'the split was the same in the first and the second half', 'the split changed on the way: weights were changed, or an arm was switched off')
            ),
            (
                'bots', finite(robots_p), 0.001, ifNull(robots_p >= 0.001, true),
                concat(toString(all_bots), ' visitors were bots and are left out',
                    multiIf(
                        isNull(robots_p) AND all_bots > 0, '; too few to compare the arms by',
                        ifNull(robots_p < 0.001, false), '; more in one arm than in another',
                        ''))
            ),
            (
                'interaction', finite(interaction_p), 0.001, ifNull(interaction_p >= 0.001, true),
                multiIf(
                    others = 0, 'no other experiment has people of this one',
                    isNull(interaction_p), 'too few people in common to tell: fewer than 5 are expected in a pair of variations',
                    interaction_p >= 0.001, 'other experiments assign these people independently',
                    concat('people of one variation saw one of ', other, ' more often: their effects cannot be told apart'))
            ),
            (
                'pre_exposure_difference', covariate_p, 0.001, ifNull(covariate_p >= 0.001, true),
                multiIf(
                    isNull(covariate_p), 'no metric has a covariate that varies',
                    covariate_p >= 0.001, 'before the exposure the arms behaved alike',
                    'the arms differed before the exposure could have had an effect')
            ),
            (
                'exposed_after_conversion', if(may_come_late, finite(converted_before / (converted + converted_before)), NULL), 0.05,
                -- Chance brings as many just before the exposure as just after it: a sign test (z above 2.576).
                NOT may_come_late OR converted_before < 10 OR converted_before <= 0.05 * (converted + converted_before)
                    OR converted_before <= converted_after OR pow(converted_before - converted_after, 2) <= 6.635 * (converted_before + converted_after),
                if(may_come_late,
                    concat(toString(converted_before), ' people did what the primary metric counts just before their exposure and not after it, ',
                        toString(converted_after), ' just after it for the first time; ', toString(converted), ' after it in all'),
                    'the primary metric begins with a delay, or counts what everybody does who is there: no exposure comes by it')
            )
        ],
        if(empty(missing), [], [('metrics_defined', toNullable(toFloat64(length(missing))), 0., false,
            concat('the table metrics lacks ', arrayStringConcat(missing, ', ')))]))
    ),
    'Tuple(number UInt16, exposed Int64, first_ms Int64, checks Array(Tuple(check String, value Nullable(Float64), threshold Float64, ok Bool, says String)))') AS k
FROM values;
