-- Grain: one metric and variation of an experiment, the control's own row too.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: experiment_comparisons with the verdict. Rows of the primary metric carry the variation's decision (experiment_verdict); rows of
--   other metrics say whether it is better or worse there. A failing check, then too few people, win over any p-value. Guardrails are worse at
--   unadjusted alpha. days_left: until the always-valid interval would be narrow enough to see minimum_effect four times of five.
-- Source: experiment_comparisons, experiment_checks, experiment_scope.
CREATE OR REPLACE VIEW footfall.experiment_judged AS
WITH
    rows AS
    (
        SELECT
            *,
            if(failed_checks != '', failed_checks, data_trouble) AS failed,
            greatest(0, intDiv(toUnixTimestamp64Milli(least(ifNull(until, as_of), as_of)) - toUnixTimestamp64Milli(since) - first_day * 86400000, 86400000)) AS days
        FROM footfall.experiment_comparisons(site = {site:String}, experiment = {experiment:String}, by = '')
        INNER JOIN (SELECT number, since, until, as_of, min_days FROM footfall.experiment_scope) AS s USING (number)
        INNER JOIN
        (
            SELECT number, exposed, first_day, arrayStringConcat(arrayMap(x -> concat(x.1, ' (', x.5, ')'), arrayFilter(x -> NOT x.4, checks)), '; ') AS failed_checks
            FROM footfall.experiment_checks(site = {site:String}, experiment = {experiment:String})
        ) AS k USING (number)
    ),
    seen AS
    (
        SELECT
            *,
            minIf(n, position = 1) OVER (PARTITION BY number) AS smallest,
            sign(difference) * direction AS side,
            groupArrayIf(metric, guardrail AND side < 0 AND if(ended, p_value, always_valid_p) < alpha) OVER (PARTITION BY number, arm) AS worse_guardrails,
            if(position = 1 AND NOT is_control AND side > 0 AND decisive_p < alpha, difference * direction, NULL) AS gain,
            if(position = 1 AND NOT is_control AND NOT ended,
                arrayFirstOrNull(
                    k -> always_valid_half_width(error / sqrt(1 + k / days), (n + n_c) * (1 + k / days), alpha, sequential_tuning) + 0.8416 * error / sqrt(1 + k / days)
                        <= minimum_effect * abs(mean_c),
                    range(1, 731)),
                NULL) AS days_left
        FROM rows
    ),
    best AS
    (
        SELECT
            *,
            max(if(empty(worse_guardrails), gain, NULL)) OVER (PARTITION BY number) AS best_gain,
            multiIf(
                position = 1 AND NOT is_control, experiment_verdict(
                    failed, smallest, days, min_days, ended, days_left, decisive_p, alpha, side, if(empty(worse_guardrails), '', worse_guardrails[1]), ifNull(gain = best_gain, false),
                    minimum_detectable_lift, trouble),
                is_control, ('', ''),
                failed != '', ('do not read', failed),
                trouble != '', ('cannot tell', trouble),
                ifNull(if(guardrail, if(ended, p_value, always_valid_p), decisive_p) < alpha, false) AND side > 0, ('better', ''),
                ifNull(if(guardrail, if(ended, p_value, always_valid_p), decisive_p) < alpha, false) AND side < 0, ('worse', ''),
                ('no difference seen', '')) AS judged
        FROM seen
    )
SELECT * EXCEPT (judged), judged.1 AS word, if(trouble != '' AND position = 1 AND NOT is_control AND position(judged.2, trouble) = 0, concat(judged.2, '; ', trouble), judged.2) AS reason
FROM best;
