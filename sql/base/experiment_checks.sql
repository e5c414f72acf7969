-- Grain: one experiment.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: checks that need no metric's values, each (check, value, threshold, ok, says): says in words what it looked at and found.
--   exposed, first_day (86,400 s since the start, of the first exposure) are for the verdict.
-- Source: experiment_counts, experiment_scope, experiment_metrics, exposure_rows, experiments, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_checks AS
WITH
    (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop,
    days AS
    (
        SELECT number, c.arm AS arm, c.day AS day, toInt64(sum(c.counted)) AS all, toInt64(sum(c.multiple)) AS several
        FROM footfall.experiment_counts(site = {site:String}, experiment = {experiment:String}, by = '') AS c
        WHERE c.position = 0
        GROUP BY number, arm, day
    ),
    arms AS
    (
        SELECT
            d.number AS number,
            minIf(d.day, d.all > 0) AS first_day,
            sum(d.all) AS exposed,
            sum(d.several) AS several,
            sumIf(d.all - d.several, d.arm = 0) AS unknown,
            arraySort(groupUniqArrayIf(d.day, d.all > 0)) AS day_list,
            groupArray((d.arm, d.day, d.all - d.several, d.several)) AS cells
        FROM days AS d
        GROUP BY d.number
    ),
    visitors AS
    (
        -- Each visitor's first variation, of every experiment of the site; bots apart.
        SELECT
            experiment,
            visitor_id,
            session_id IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop) AS bot,
            argMin(variation, (event_time, variation)) AS variation
        FROM footfall.exposure_rows
        WHERE site = shop AND experiment IN (SELECT experiment FROM footfall.experiments WHERE site = shop)
        GROUP BY experiment, visitor_id, bot
    ),
    robots AS
    (
        SELECT experiment, groupArray((toString(variation), bots, people)) AS cells
        FROM (SELECT experiment, variation, toInt64(countIf(bot)) AS bots, toInt64(countIf(NOT bot)) AS people FROM visitors GROUP BY experiment, variation)
        GROUP BY experiment
    ),
    pairs AS
    (
        SELECT a.experiment AS experiment, b.experiment AS other, a.variation AS variation, b.variation AS other_variation, toInt64(count()) AS people
        FROM (SELECT experiment, visitor_id, variation FROM visitors WHERE NOT bot AND experiment_asked(shop, experiment, {site:String}, {experiment:String})) AS a
        INNER JOIN (SELECT experiment, visitor_id, variation FROM visitors WHERE NOT bot) AS b ON b.visitor_id = a.visitor_id
        WHERE a.experiment != b.experiment
        GROUP BY experiment, other, variation, other_variation
    ),
    interactions AS
    (
        SELECT experiment, argMin(other, p) AS other, min(p) * count() AS least_p
        FROM
        (
            SELECT
                experiment,
                other,
                groupArray((toString(variation), toString(other_variation), people)) AS cells,
                arrayMap(v -> arrayMap(o -> arraySum(c -> if(c.1 = v AND c.2 = o, c.3, 0), cells), arrayDistinct(cells.2)), arrayDistinct(cells.1)) AS counts,
                independence_p(counts) AS p
            FROM pairs
            GROUP BY experiment, other
        )
        WHERE isNotNull(p)
        GROUP BY experiment
    ),
    facts AS
    (
        SELECT
            s.experiment AS experiment,
            s.number AS number,
            s.variations AS variations,
            s.weights AS weights,
            a.first_day AS first_day,
            a.exposed AS exposed,
            a.several AS several,
            a.unknown AS unknown,
            a.day_list AS day_list,
            a.cells AS cells,
            arrayMap(v -> arraySum(c -> if(c.1 = v, c.3, 0), a.cells), arrayEnumerate(s.variations)) AS people,
            arrayMap(v -> arraySum(c -> if(c.1 = v, c.4, 0), a.cells), arrayEnumerate(s.variations)) AS multiples,
            day_list[intDiv(length(day_list), 2) + 1] AS middle,
            arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 < middle, c.3, 0), a.cells), arrayEnumerate(s.variations)) AS early,
            arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 >= middle, c.3, 0), a.cells), arrayEnumerate(s.variations)) AS late,
            arrayMap(d -> arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 <= d, c.3, 0), a.cells), arrayEnumerate(s.variations)), a.day_list) AS by_day,
            r.cells AS robot_cells,
            i.other AS other,
            if(i.other = '', NULL, if(i.least_p > 1, 1., i.least_p)) AS interaction_p,
            m.missing AS missing
        FROM (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s
        LEFT JOIN arms AS a ON a.number = s.number
        LEFT JOIN robots AS r ON r.experiment = s.experiment
        LEFT JOIN interactions AS i ON i.experiment = s.experiment
        LEFT JOIN (SELECT number, groupArrayIf(metric, NOT defined) AS missing FROM footfall.experiment_metrics GROUP BY number) AS m ON m.number = s.number
    ),
    values AS
    (
        SELECT
            *,
            sample_ratio_p(people, weights) AS ratio_p,
            arrayMax(arrayMap(c -> sample_ratio_evidence(c, weights), by_day)) AS evidence,
            if(empty(day_list) OR arraySum(people) = 0, NULL, if(evidence < 0, 1., exp(-evidence))) AS sequential_p,
            if(several = 0, NULL, independence_p([people, multiples])) AS multiple_p,
            if(length(day_list) < 2, NULL, independence_p([early, late])) AS drift_p,
            arraySum(c -> c.2, robot_cells) AS robots,
            if(robots = 0, NULL, independence_p([arrayMap(c -> c.2, robot_cells), arrayMap(c -> c.3, robot_cells)])) AS robots_p,
            arrayFilter((v, n, w) -> n = 0 AND arraySum(people) * w / arraySum(weights) >= 10, variations, people, weights) AS empty_arms,
            arrayStringConcat(arrayMap((v, n) -> concat(v, ' ', toString(n)), variations, people), ', ') AS split
        FROM facts
    )
SELECT
    experiment,
    number,
    exposed,
    first_day,
    arrayConcat(
        [
            (
                'sample_ratio', finite(ratio_p), 0.001, ifNull(ratio_p >= 0.001, true),
                if(isNull(ratio_p), 'nobody has been exposed yet',
                    concat('people exposed: ', split, if(ratio_p >= 0.001, '; as the weights would have it', '; not as the weights would have it, so the arms are not comparable')))
            ),
            (
                'sample_ratio_sequential', finite(sequential_p), 0.001, ifNull(sequential_p >= 0.001, true),
                if(isNull(sequential_p), 'nobody has been exposed yet',
                    if(sequential_p >= 0.001, 'the split was as weighted at every day''s end (may be looked at daily)', 'at some day''s end the split was not as weighted (may be looked at daily)'))
            ),
            (
                'multiple_variations', finite(several / exposed), 0.01,
                exposed = 0 OR (several <= 0.01 * exposed AND ifNull(multiple_p >= 0.001, true)),
                concat(toString(several), ' of ', toString(exposed), ' people saw more than one variation and are left out',
                    if(multiple_p < 0.001, '; more in one arm than in another', ''))
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
                if(ifNull(drift_p >= 0.001, true), 'the split was the same in the first and the second half', 'the split changed on the way: weights were changed, or an arm was switched off')
            ),
            (
                'bots', finite(robots_p), 0.001, ifNull(robots_p >= 0.001, true),
                concat(toString(robots), ' visitors were bots and are left out', if(robots_p < 0.001, '; more in one arm than in another', ''))
            ),
            (
                'interaction', finite(interaction_p), 0.001, ifNull(interaction_p >= 0.001, true),
                if(isNull(interaction_p), 'no other experiment has people of this one',
                    if(interaction_p >= 0.001, 'other experiments assign these people independently', concat('people of one variation saw one of ', other, ' more often: their effects cannot be told apart')))
            )
        ],
        if(empty(missing), [], [('metrics_defined', toNullable(toFloat64(length(missing))), 0., false,
            concat('the table metrics lacks ', arrayStringConcat(missing, ', ')))])) AS checks
FROM values;
