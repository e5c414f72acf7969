-- Grain: one dimension, metric and arm of an experiment, tested.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none), cells String (of
--   experiment_cells by the same).
-- Definition: columns of experiment_comparisons; own, cuped = the two tests: (kind, estimate, error, low, high, p, lift, lift's low and high). Apart
--   from experiment_pairs, because an expression takes the longer to plan, the more there is below it in its view.
-- Source: experiment_pairs; STATS as in the functions that it calls.
CREATE OR REPLACE VIEW footfall.experiment_tests AS
WITH
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
        FROM footfall.experiment_pairs(site = {site:String}, experiment = {experiment:String}, by = {by:String}, cells = {cells:String})
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
    )
SELECT *
FROM families;
