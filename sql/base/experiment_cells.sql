-- Grain: one row: what the statistics of experiments start from, packed (cells_of), one cell a dimension, metric, arm and day of exposure that has anybody.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none), described String (of
--   experiment_described).
-- Definition: position 0 is everybody exposed, by first_arm and
--   day (86,400 s since the experiment began, from 0; 0 elsewhere): n of them, of whom several saw more than one variation and are in no arm elsewhere,
--   and bots, who are not in n; first_ms = the first exposure of anybody but bots; mature = of those alone in their arm, how many each metric (by its place) counts. Else n = those of them who did
--   what it adds up, whenever: moments = mean and sum of squared deviations of y, of
--   a ratio's denominator d and of the covariate x (y over the covariate_days before the exposure), then the sums of products of deviations of y with
--   d and with x, over `present` of them, the others being 0. 0 or 1 for 'any' and proportions, money in major units. Capped values count as the
--   percentile (quantileExact) of all counted units of all arms and dimensions, zeros included; y, d and x each by its own. positive = units above 0;
--   of those who had not done what the primary counts in the covariate's days up to then, just_before = units that did it within before_ms before the
--   exposure and not after it, just_after = not before, and within before_ms after it.
-- Source: experiment_people, experiment_acts, experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_cells AS
WITH
    metrics_of({described:String}) AS m,
    (SELECT arraySort(groupUniqArray(fact)) FROM footfall.experiment_facts WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS facts,
    -- Of each experiment and fact the places of the metrics that add it up.
    arrayMap(
        i -> arrayFilter((k, of, y, d) -> of = intDiv(i, length(facts)) + 1 AND (y = facts[i % length(facts) + 1] OR d = facts[i % length(facts) + 1]), m.1, m.2, m.5, m.6),
        range(toUInt64(arrayMax(m.2)) * length(facts))) AS metric_places,
    -- One unit that a metric counts and that did something it adds up: the others are zeros, known by their number.
    added AS
    (
        SELECT
            number,
            place,
            unit,
            if({by:String} = '', '', any(of_dimension)) AS dimension,
            any(arm) AS of_arm,
            -- Sums of whole numbers (minor units), so that the order of adding does not matter.
            sumIf(amount, fact = m.5[place] AND since_ms >= m.7[place] AND since_ms < m.8[place] AND ms < m.9[place]) AS sum_y,
            sumIf(amount, fact = m.6[place] AND since_ms >= m.7[place] AND since_ms < m.8[place] AND ms < m.9[place]) AS sum_d,
            sumIf(amount, fact = m.5[place] AND since_ms < 0 AND since_ms >= -m.10[place]) AS sum_x,
            -- Whether the unit did it long before, just before and just after.
            max(fact = m.5[place] AND amount != 0 AND since_ms < -m.17[place]) AS did_long_before,
            max(fact = m.5[place] AND amount != 0 AND since_ms < 0 AND since_ms >= -m.17[place]) AS did_before,
            max(fact = m.5[place] AND amount != 0 AND since_ms >= 0 AND since_ms < m.17[place] AND ms < m.9[place]) AS did_after
        FROM
        (
            SELECT
                u.number AS number,
                u.unit AS unit,
                u.arm AS arm,
                u.dimension AS of_dimension,
                a.ms AS ms,
                a.ms - u.exposed_ms AS since_ms,
                arrayJoin(arrayZip(a.places, a.amounts)) AS act,
                act.2 AS amount,
                facts[act.1] AS fact,
                arrayJoin(metric_places[(u.number - 1) * length(facts) + act.1]) AS place
            FROM footfall.experiment_acts(site = {site:String}, experiment = {experiment:String}) AS a
            INNER JOIN
            (
                SELECT number, unit, arm, exposed_ms, dimension
                FROM footfall.experiment_people(site = {site:String}, experiment = {experiment:String}, by = {by:String})
                WHERE arm > 0
            ) AS u ON u.unit = a.unit
        )
        WHERE ms - since_ms <= m.4[place]
            AND (since_ms >= m.7[place] AND since_ms < m.8[place] AND ms < m.9[place]
                OR since_ms < 0 AND since_ms >= -greatest(m.10[place], m.17[place]))
        GROUP BY number, place, unit
    ),
    values AS
    (
        SELECT
            number,
            toUInt16(m.3[place]) AS position,
            dimension,
            of_arm,
            toInt64(0) AS day,
            if(m.11[place], toFloat64(sum_y > 0), sum_y / m.13[place]) AS y,
            if(m.12[place], toFloat64(sum_d > 0), sum_d / m.14[place]) AS d,
            if(m.11[place], toFloat64(sum_x > 0), sum_x / m.13[place]) AS x,
            did_before AND NOT did_long_before AND y = 0 AS just_before,
            did_after AND NOT did_before AND NOT did_long_before AS just_after,
            m.15[place] AS cap_percentile,
            cap_percentile > 0 AND (y != 0 OR d != 0 OR x != 0) AS kept
        FROM added
    ),
    sums AS
    (
        SELECT
            number,
            toUInt16(0) AS position,
            p.dimension AS dimension,
            first_arm AS of_arm,
            intDiv(exposed_ms - m.16[indexOf(m.2, number)], 86400000) AS day,
            toFloat64(countIf(NOT bot)) AS n,
            sumForEach(arrayMap((of, last) -> toUInt64(of = number AND exposed_ms <= last AND arm > 0), m.2, m.4)) AS mature,
            toInt64(countIf(multiple AND NOT bot)) AS several,
            toInt64(countIf(bot)) AS bots,
            toInt64(minIf(exposed_ms, NOT bot)) AS first_ms,
            toUInt64(0) AS positive,
            toUInt64(0) AS just_before,
            toUInt64(0) AS just_after,
            (0., 0., 0., 0., 0., 0., 0., 0.) AS plain,
            CAST([], 'Array(Tuple(Float64, Float64, Float64))') AS kept_values,
            toFloat64(0) AS cap_at
        FROM footfall.experiment_people(site = {site:String}, experiment = {experiment:String}, by = {by:String}) AS p
        GROUP BY number, dimension, of_arm, day
        UNION ALL
        SELECT
            number,
            position,
            dimension,
            of_arm,
            day,
            toFloat64(count()),
            CAST([], 'Array(UInt64)'),
            toInt64(0),
            toInt64(0),
            toInt64(0),
            countIf(y > 0),
            countIf(just_before),
            countIf(just_after),
            (avg(y), count() * varPopStable(y), avg(d), count() * varPopStable(d), avg(x), count() * varPopStable(x), count() * covarPopStable(y, d), count() * covarPopStable(y, x)),
            groupArrayIf((y, d, x), kept),
            max(cap_percentile)
        FROM values
        GROUP BY number, position, dimension, of_arm, day
    ),
    sorted AS
    (
        SELECT
            *,
            sumForEach(mature) OVER (PARTITION BY number) AS all_mature,
            arraySort(groupArrayArray(kept_values.1) OVER w) AS sorted_y,
            arraySort(groupArrayArray(kept_values.2) OVER w) AS sorted_d,
            arraySort(groupArrayArray(kept_values.3) OVER w) AS sorted_x
        FROM sums
        WINDOW w AS (PARTITION BY number, position)
    ),
    caps AS
    (
        SELECT
            * EXCEPT (sorted_y, sorted_d, sorted_x, all_mature),
            toFloat64(all_mature[arrayFirstIndex((of, p) -> of = number AND p = position, m.2, m.3)]) AS all_n,
            quantile_with_zeros(sorted_y, all_n, cap_at) AS cap_y,
            quantile_with_zeros(sorted_d, all_n, cap_at) AS cap_d,
            quantile_with_zeros(sorted_x, all_n, cap_at) AS cap_x
        FROM sorted
    ),
    capped AS
    (
        SELECT
            * EXCEPT (kept_values),
            arrayMap(v -> least(v, cap_y), kept_values.1) AS y,
            arrayMap(v -> least(v, cap_d), kept_values.2) AS d,
            arrayMap(v -> least(v, cap_x), kept_values.3) AS x,
            toFloat64(length(y)) AS capped_n,
            notEmpty(y) AS is_capped
        FROM caps
    )
SELECT toJSONString(
    groupArray((
        number, position, dimension, of_arm, day, n, several, bots, first_ms, mature, positive, just_before, just_after,
        -- Of those who did something, where values are capped.
        if(is_capped, capped_n, n),
        if(is_capped,
            (
                arrayAvg(y), capped_n * arrayReduce('varPopStable', y), arrayAvg(d), capped_n * arrayReduce('varPopStable', d),
                arrayAvg(x), capped_n * arrayReduce('varPopStable', x),
                capped_n * arrayReduce('covarPopStable', y, d), capped_n * arrayReduce('covarPopStable', y, x)
            ),
            plain)
    ))) AS cells
FROM capped;
