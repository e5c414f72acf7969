-- Grain: one experiment.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), cells String (of experiment_cells, by any dimension: all of its
--   values are taken together).
-- Definition: k, a named tuple: its health checks, each (check, value, threshold, ok, says): says in words what it looked at and found; exposed (all
--   of them) and first_ms (the first exposure; 0 without) are for the verdict.
-- Source: experiment_scope, experiment_metrics, experiments, exposure_rows, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_checks AS
WITH
    (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop,
    days AS
    (
        SELECT
            tupleElement(c, 'number') AS number, tupleElement(c, 'arm') AS arm, tupleElement(c, 'day') AS day,
            toInt64(tupleElement(c, 'n')) AS everybody, tupleElement(c, 'several') AS several, tupleElement(c, 'bots') AS bots,
            tupleElement(c, 'first_ms') AS first_ms
        FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
        WHERE tupleElement(c, 'position') = 0
    ),
    arms AS
    (
        SELECT
            number,
            minIf(first_ms, everybody > 0) AS earliest,
            sum(everybody) AS exposed,
            sum(several) AS all_several,
            sum(bots) AS all_bots,
            sumIf(everybody - several, arm = 0) AS unknown,
            arraySort(groupUniqArrayIf(day, everybody > 0)) AS day_list,
            day_list[intDiv(length(day_list), 2) + 1] AS middle,
            groupArray((arm, day, everybody - several, several, bots)) AS parts
        FROM days
        GROUP BY number
    ),
    -- Each visitor's first variation of every experiment of the site, where there is more than one; only variations that its list has.
    visitors AS
    (
        SELECT x.experiment AS experiment, x.visitor_id AS visitor_id, argMin(toString(x.variation), (x.event_time, x.variation)) AS variation
        FROM footfall.exposure_rows AS x
        INNER JOIN (SELECT experiment, since, counted_until, variations FROM footfall.experiment_scope WHERE site = shop) AS e ON e.experiment = x.experiment
        WHERE x.site = shop
            AND (SELECT uniqExact(experiment) > 1 FROM footfall.experiments WHERE site = shop)
            AND x.event_time >= e.since AND x.event_time < e.counted_until AND has(e.variations, toString(x.variation))
            AND x.session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop)
        GROUP BY experiment, visitor_id
    ),
    pairs AS
    (
        SELECT a.experiment AS experiment, b.experiment AS other, a.variation AS variation, b.variation AS other_variation, toInt64(count()) AS people
        FROM (SELECT * FROM visitors WHERE experiment_asked(shop, experiment, {site:String}, {experiment:String})) AS a
        INNER JOIN visitors AS b ON b.visitor_id = a.visitor_id
        WHERE a.experiment != b.experiment
        GROUP BY experiment, other, variation, other_variation
    ),
    -- What each arm did before the exposure, by which the arms ought not to differ yet: a Welch test a metric and variation.
    before AS
    (
        SELECT
            c.number AS number, c.position AS position, c.arm AS arm,
            groupArray((c.present, c.mean_x, c.squares_x)) AS parts,
            arraySum(parts.1) AS present,
            arraySum(p -> p.1 * p.2, parts) / present AS mean,
            arraySum(p -> p.3 + p.1 * pow(p.2 - mean, 2), parts) AS squares,
            toFloat64(any(counted.mature)[any(m.place)]) AS n
        FROM
        (
            SELECT
                tupleElement(c, 'number') AS number, tupleElement(c, 'position') AS position, tupleElement(c, 'arm') AS arm, tupleElement(c, 'present') AS present,
                tupleElement(tupleElement(c, 'moments'), 'mean_x') AS mean_x, tupleElement(tupleElement(c, 'moments'), 'squares_x') AS squares_x
            FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
            WHERE position > 0
        ) AS c
        INNER JOIN (SELECT number, position, place FROM footfall.experiment_metrics) AS m ON m.number = c.number AND m.position = c.position
        INNER JOIN
        (
            SELECT tupleElement(c, 'number') AS number, tupleElement(c, 'arm') AS arm, sumForEach(tupleElement(c, 'mature')) AS mature
            FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
            WHERE tupleElement(c, 'position') = 0
            GROUP BY number, arm
        ) AS counted ON counted.number = c.number AND counted.arm = c.arm
        GROUP BY number, position, arm
    ),
    before_pairs AS
    (
        SELECT
            number, arm, n, mean * present / n AS mean_x, with_zeros_variance(n, present, mean, squares) AS variance_x,
            anyIf(n, arm = 1) OVER w AS n_c, anyIf(mean_x, arm = 1) OVER w AS mean_c, anyIf(variance_x, arm = 1) OVER w AS variance_c
        FROM before
        WINDOW w AS (PARTITION BY number, position)
    ),
    before_tests AS
    (
        SELECT
            number,
            if(arm > 1 AND variance_x > 0 AND variance_c > 0, finite((mean_x - mean_c) / difference_error(n, variance_x, n_c, variance_c)), NULL) AS t,
            finite(welch_degrees(n, variance_x, n_c, variance_c)) AS degrees
        FROM before_pairs
    ),
    alike AS
    (
        -- The least of several: times their number.
        SELECT number, min(p) * countIf(isNotNull(p)) AS times, if(times > 1, 1., times) AS covariate_p
        FROM (SELECT number, t_p(t, degrees) AS p FROM before_tests)
        GROUP BY number
    ),
    late AS
    (
        SELECT
            tupleElement(c, 'number') AS number, sum(tupleElement(c, 'positive')) AS converted,
            sum(tupleElement(c, 'just_before')) AS converted_before, sum(tupleElement(c, 'just_after')) AS converted_after
        FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
        WHERE tupleElement(c, 'position') = 1
        GROUP BY number
    ),
    facts AS
    (
        SELECT
            s.experiment AS experiment,
            s.number AS number,
            s.variations AS variations,
            s.weights AS weights,
            a.* EXCEPT (number),
            arrayMap(v -> arraySum(c -> if(c.1 = v, c.3, 0), a.parts), arrayEnumerate(s.variations)) AS people,
            arrayMap(v -> arraySum(c -> if(c.1 = v, c.4, 0), a.parts), arrayEnumerate(s.variations)) AS multiples,
            arrayMap(v -> arraySum(c -> if(c.1 = v, c.5, 0), a.parts), arrayEnumerate(s.variations)) AS robots,
            arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 < a.middle, c.3, 0), a.parts), arrayEnumerate(s.variations)) AS early,
            arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 >= a.middle, c.3, 0), a.parts), arrayEnumerate(s.variations)) AS late,
            arrayMap(d -> arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 <= d, c.3, 0), a.parts), arrayEnumerate(s.variations)), a.day_list) AS by_day
        FROM (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s
        LEFT JOIN arms AS a ON a.number = s.number
    ),
    -- Tables of counts that ought to be independent, tested in one place.
    tables AS
    (
        SELECT experiment, arrayJoin([('multiple', [people, multiples]), ('drift', [early, late]), ('bots', [arrayMap((p, m) -> p + m, people, multiples), robots])]) AS t, t.1 AS kind, t.2 AS counts FROM facts
        UNION ALL
        SELECT
            experiment,
            ('', CAST([], 'Array(Array(Int64))')),
            concat('with ', other),
            arrayMap(v -> arrayMap(o -> arraySum(c -> if(c.1 = v AND c.2 = o, c.3, 0), table_cells), arrayDistinct(table_cells.2)), arrayDistinct(table_cells.1))
        FROM (SELECT experiment, other, groupArray((variation, other_variation, people)) AS table_cells FROM pairs GROUP BY experiment, other)
    ),
    independence AS
    (
        SELECT
            experiment,
            anyIf(p, kind = 'multiple') AS multiple_p,
            anyIf(p, kind = 'drift') AS drift_p,
            anyIf(p, kind = 'bots') AS robots_p,
            countIf(startsWith(kind, 'with ')) AS others,
            -- The least of several: times their number.
            minIf(p, startsWith(kind, 'with ')) * countIf(startsWith(kind, 'with ') AND isNotNull(p)) AS times,
            if(times > 1, 1., times) AS interaction_p,
            substring(argMinIf(kind, p, startsWith(kind, 'with ')), 6) AS other
        FROM (SELECT experiment, kind, independence_p(counts) AS p FROM tables)
        GROUP BY experiment
    ),
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
        FROM facts
        LEFT JOIN independence USING (experiment)
        LEFT JOIN (SELECT number, groupArrayIf(metric, NOT defined) AS missing, max(before_ms) > 0 AS may_come_late FROM footfall.experiment_metrics GROUP BY number) AS u USING (number)
        LEFT JOIN alike USING (number)
        LEFT JOIN late USING (number)
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
