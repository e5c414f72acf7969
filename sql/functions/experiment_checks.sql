-- Returns: one row an experiment, as an array of named tuples: the checks that need no metric's values, each (check, value, threshold, ok, says):
-- says in words what it looked at and found. exposed (all of them) and first_ms (the first exposure; 0 without) are
-- for the verdict.
-- Shape: cells = experiment_cells of the same site and experiment, without a dimension.
-- Source: experiment_scope, experiment_metrics, experiments, exposure_rows, bot_sessions.
CREATE OR REPLACE FUNCTION experiment_checks AS (cells, asked_site, asked_experiment) -> (
WITH
    (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, asked_site, asked_experiment)) AS shop,
    days AS
    (
        SELECT
            tupleElement(c, 'number') AS number, tupleElement(c, 'arm') AS arm, tupleElement(c, 'day') AS day,
            toInt64(tupleElement(c, 'n')) AS everybody, tupleElement(c, 'several') AS several, tupleElement(c, 'bots') AS bots,
            tupleElement(c, 'first_ms') AS first_ms
        FROM (SELECT arrayJoin(cells) AS c)
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
        FROM (SELECT * FROM visitors WHERE experiment_asked(shop, experiment, asked_site, asked_experiment)) AS a
        INNER JOIN visitors AS b ON b.visitor_id = a.visitor_id
        WHERE a.experiment != b.experiment
        GROUP BY experiment, other, variation, other_variation
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
        FROM (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, asked_site, asked_experiment)) AS s
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
        LEFT JOIN (SELECT number, groupArrayIf(metric, NOT defined) AS missing FROM footfall.experiment_metrics GROUP BY number) AS u USING (number)
    )
SELECT CAST(
    groupArray((number, exposed, earliest, arrayConcat(
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
            )
        ],
        if(empty(missing), [], [('metrics_defined', toNullable(toFloat64(length(missing))), 0., false,
            concat('the table metrics lacks ', arrayStringConcat(missing, ', ')))]))
    )),
    'Array(Tuple(number UInt16, exposed Int64, first_ms Int64, checks Array(Tuple(check String, value Nullable(Float64), threshold Float64, ok Bool, says String))))')
FROM values);
