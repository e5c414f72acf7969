-- Grain: one metric and variation of an experiment, the control's too.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), cells String (of experiment_cells).
-- Definition: r = experiment_comparisons' row; people = exposed; whole_days from the start of the one of the first exposure, to as_of or the end; word and reason: of the
--   primary metric's rows the variation's decision (experiment_verdict), of others' whether it is better or worse there. A failing check, then
--   too few people, win over any p-value. Guardrails are worse at unadjusted alpha. left_days: of keep running, whole days at this pace until
--   min_days have passed, 100 people count in each arm and the always-valid interval would be narrow enough to see minimum_effect four
--   times of five, whichever is last. checks = all of the experiment, in the same order on every row.
-- Source: experiment_comparisons, experiment_checks, experiment_scope.
CREATE OR REPLACE VIEW footfall.experiment_verdicts AS
WITH
    compared AS
    (
        SELECT
            r,
            s.last_ms AS last_ms,
            s.min_days AS min_days,
            tupleElement(k, 'exposed') AS exposed,
            -- Days are those of the experiment, from its start: one of a week is not short of a day because the first person came at noon.
            if(exposed > 0, s.since_ms + intDiv(tupleElement(k, 'first_ms') - s.since_ms, 86400000) * 86400000, last_ms) AS first_ms,
            greatest(0, intDiv(last_ms - first_ms, 86400000)) AS days,
            greatest(0, toInt64(ceil(min_days - (last_ms - first_ms) / 86400000))) AS days_to_min,
            -- For so long people have come who count by now.
            (least(last_ms, tupleElement(r, 'last_counted_ms')) - first_ms) / 86400000 AS counting_days,
            tupleElement(r, 'number') AS number, tupleElement(r, 'position') AS position, tupleElement(r, 'metric') AS metric, tupleElement(r, 'arm') AS arm,
            tupleElement(r, 'guardrail') AS guardrail, tupleElement(r, 'is_control') AS is_control, tupleElement(r, 'ended') AS ended,
            tupleElement(r, 'alpha') AS alpha, tupleElement(r, 'tuning') AS tuning, tupleElement(r, 'n') AS n, tupleElement(r, 'n_c') AS n_c,
            tupleElement(r, 'error') AS error, tupleElement(r, 'decisive_p') AS p, tupleElement(r, 'trouble') AS trouble,
            tupleElement(r, 'minimum_effect') * abs(tupleElement(r, 'mean_c')) AS smallest_effect,
            tupleElement(r, 'difference') * tupleElement(r, 'direction') AS gain,
            tupleElement(r, 'minimum_detectable_lift') AS seen,
            tupleElement(r, 'minimum_effect') AS minimum_effect,
            tupleElement(r, 'lift_low') AS lift_low,
            tupleElement(r, 'lift_high') AS lift_high,
            NOT is_control AND ifNull(tupleElement(r, 'mean_c') = 0, false) AND isNotNull(tupleElement(r, 'difference')) AS no_lift,
            tupleElement(k, 'checks') AS checks,
            arrayStringConcat(arrayMap(c -> concat(c.1, ' (', c.5, ')'), arrayFilter(c -> NOT c.4, checks)), '; ') AS failed
        FROM (
            SELECT r, tupleElement(r, 'number') AS of
            FROM footfall.experiment_comparisons(site = {site:String}, experiment = {experiment:String}, by = '', cells = {cells:String})
        ) AS q
        INNER JOIN
        (
            SELECT number AS of, toUnixTimestamp64Milli(since) AS since_ms, toUnixTimestamp64Milli(least(ifNull(until, as_of), as_of)) AS last_ms, min_days
            FROM footfall.experiment_scope
        ) AS s USING (of)
        INNER JOIN (
            SELECT k, tupleElement(k, 'number') AS of
            FROM footfall.experiment_checks(site = {site:String}, experiment = {experiment:String}, cells = {cells:String})
        ) AS k USING (of)
    ),
    seen_in_arms AS
    (
        SELECT
            *,
            minIf(n, position = 1) OVER (PARTITION BY number) AS smallest,
            groupArrayIf(metric, guardrail AND gain < 0 AND p < alpha) OVER (PARTITION BY number, arm) AS worse_guardrails,
            if(smallest >= 100, 0, if(smallest > 0 AND counting_days > 0, toInt64(ceil(counting_days * (100 / smallest - 1))), NULL)) AS days_to_people,
            -- always_valid_half_width at (1 + k/counting_days) times the people, written out: a lambda within a lambda is slow to plan.
            if(position = 1 AND NOT is_control AND NOT ended AND counting_days > 0 AND error > 0,
                arrayFirstOrNull(
                    k -> error / sqrt(1 + k / counting_days) * (
                        0.8416 + sqrt(2 * ((n + n_c) * (1 + k / counting_days) * always_valid_rate(alpha, tuning) + 1) / ((n + n_c) * (1 + k / counting_days) * always_valid_rate(alpha, tuning))
                            * log(sqrt((n + n_c) * (1 + k / counting_days) * always_valid_rate(alpha, tuning) + 1) / alpha))) <= smallest_effect,
                    range(0, 731)),
                NULL) AS days_to_effect,
            if(isNull(days_to_people) OR isNull(days_to_effect), NULL, greatest(days_to_min, days_to_people, days_to_effect)) AS days_left
        FROM compared
    ),
    verdicts AS
    (
        SELECT
            *,
            max(if(position = 1 AND gain > 0 AND p < alpha AND empty(worse_guardrails), gain, NULL)) OVER (PARTITION BY number) AS best,
            multiIf(
                position = 1 AND NOT is_control,
                    experiment_verdict(
                        failed, smallest, days, min_days, ended, days_to_min, days_to_people, days_to_effect, p, alpha, gain,
                        if(empty(worse_guardrails), '', worse_guardrails[1]), ifNull(gain = best, false), lift_low, lift_high, minimum_effect, seen, trouble),
                is_control, ('', ''),
                failed != '', ('do not read', failed),
                trouble != '', ('cannot tell', trouble),
                ifNull(p < alpha AND gain > 0, false), ('better', ''),
                ifNull(p < alpha AND gain < 0, false), ('worse', ''),
                ('no difference seen', '')) AS judged
        FROM seen_in_arms
    )
SELECT
    r,
    toUInt64(exposed) AS people,
    toUInt64(days) AS whole_days,
    if(judged.1 = 'keep running', days_left, NULL) AS left_days,
    judged.1 AS word,
    arrayStringConcat(arrayFilter(words -> words != '', [
        judged.2,
        if(trouble != '' AND position = 1 AND NOT is_control AND position(judged.2, trouble) = 0, trouble, ''),
        if(no_lift, 'the control mean is 0, so that there is no lift', '')
    ]), '; ') AS reason,
    checks
FROM verdicts;
