-- Grain: one row: what the statistics of experiments start from, packed (cells_of), one cell a dimension, metric, arm and day of exposure that has anybody.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none), described String (of
--   experiment_described).
-- Definition: position 0 is everybody exposed, by first_arm and day (86,400 s since the experiment began, from 0), whatever the dimension; where one is
--   asked for, also by first_arm and dimension, of all days (day -1): its 100 values with most people, the rest as '(other)', for whatever reads the
--   cells takes them as a constant. n of them, of whom several saw more than one variation and are in no arm elsewhere, and bots, who are not in n;
--   first_ms = the first exposure of anybody but bots; mature = of those alone in their arm, how many each metric of the experiment (by its position)
--   counts. Other positions (day -1): n = those of them who did what it adds up, whenever: moments = mean and sum of squared deviations of y, of
--   a ratio's denominator d and of the covariate x (y over the covariate_days before the exposure), then the sums of products of deviations of y with
--   d and with x, over `present` of them, the others being 0. 0 or 1 for 'any' and proportions, money in major units. Capped values count as the
--   percentile (quantileExact) of all counted units of all arms and dimensions, zeros included; y, d and x each by its own. positive = units above 0;
--   of those who had not done what the primary counts in the covariate's days up to then, just_before = units that did it within before_ms before the
--   exposure and not after it, just_after = not before, and within before_ms after it.
-- Source: experiment_people, experiment_acts, experiment_kinds.
CREATE OR REPLACE VIEW footfall.experiment_cells AS
WITH
    metrics_of({described:String}) AS m,
    -- The experiments asked for.
    arrayDistinct(m.2) AS numbers,
    -- Of each experiment, by when whoever counts must have been exposed, by the metric's position.
    arrayMap(n -> arrayFilter((last, of) -> of = n, m.4, m.2), range(1, toUInt64(arrayMax(m.2)) + 1)) AS lasts,
    -- 0, and from when on whoever is exposed no longer counts, of any metric.
    arraySort(arrayDistinct(arrayPushFront(arrayMap(last -> last + 1, m.4), toInt64(0)))) AS spans,
    -- Of each experiment and kind of act: which metrics it adds to (with which of its amounts to y and to d, 0: none), how far back from the exposure
    -- and from when to when after it any of these reaches; last how many kinds there are.
    (
        SELECT (groupArray(uses), groupArray(back), groupArray(starts), groupArray(ends), max(kind))
        FROM
        (
            SELECT
                x.2 AS number,
                kind,
                groupArrayIf((x.1, nth_y, nth_d), used) AS uses,
                maxIf(greatest(x.10, x.17), used) AS back,
                minIf(x.7, used) AS starts,
                maxIf(x.8, used) AS ends
            FROM
            (
                SELECT k.kind AS kind, x, toUInt16(indexOf(k.facts, x.5)) AS nth_y, toUInt16(indexOf(k.facts, x.6)) AS nth_d, nth_y > 0 OR nth_d > 0 AS used
                FROM footfall.experiment_kinds(site = {site:String}, experiment = {experiment:String}) AS k
                CROSS JOIN (SELECT arrayJoin(metrics_of({described:String})) AS x) AS metrics
            )
            GROUP BY number, kind
            ORDER BY number, kind
        )
    ) AS by_kind,
    -- Of a dimension the values with most people (0: none); 1 stands for the rest.
    (
        SELECT arrayPushFront(groupArray(dimension_key), 0)
        FROM
        (
            SELECT cityHash64(dimension) AS dimension_key
            FROM footfall.experiment_people(site = {site:String}, experiment = {experiment:String}, by = {by:String})
            -- A value of that name is of the rest.
            WHERE {by:String} != '' AND dimension != '(other)'
            GROUP BY dimension_key
            ORDER BY count() DESC, dimension_key
            LIMIT 100
        )
    ) AS kept_keys,
    -- One unit that a metric counts and that did something it adds up: the others are zeros, known by their number.
    added AS
    (
        SELECT
            number,
            place,
            unit,
            arm,
            if({by:String} = '', 0, any(of_dimension)) AS dimension_key,
            -- Sums of whole numbers (minor units), so that the order of adding does not matter.
            sum(if(counts, amount_y, 0.)) AS sum_y,
            sum(if(counts, amount_d, 0.)) AS sum_d,
            sum(if(since_ms < 0 AND since_ms >= -m.10[place], amount_y, 0.)) AS sum_x,
            -- Whether the unit did it long before (1), just before (2) and just after (4).
            groupBitOr(if(amount_y = 0, 0, multiIf(since_ms < -m.17[place], 1, since_ms < 0, 2, since_ms < m.17[place] AND ms < m.9[place], 4, 0))) AS did
        FROM
        (
            SELECT
                number,
                unit,
                arm,
                of_dimension,
                ms,
                since_ms,
                arrayJoin(by_kind.1[of_kind]) AS use,
                use.1 AS place,
                multiIf(use.2 = 0, 0., empty(amounts), 1., amounts[use.2]) AS amount_y,
                multiIf(use.3 = 0, 0., empty(amounts), 1., amounts[use.3]) AS amount_d,
                since_ms >= m.7[place] AND since_ms < m.8[place] AND ms < m.9[place] AS counts
            FROM
            (
                SELECT
                    u.number AS number,
                    u.unit AS unit,
                    u.arm AS arm,
                    u.dimension_key AS of_dimension,
                    a.ms AS ms,
                    a.ms - u.exposed_ms AS since_ms,
                    a.amounts AS amounts,
                    u.before * by_kind.5 + a.kind AS of_kind
                FROM footfall.experiment_acts(site = {site:String}, experiment = {experiment:String}) AS a
                INNER JOIN
                (
                    -- A String would be copied to each act, and kept for each unit.
                    SELECT
                        number,
                        transform(number, numbers, arrayMap(i -> toUInt16(i - 1), arrayEnumerate(numbers)), toUInt16(0)) AS before,
                        unit,
                        arm,
                        exposed_ms,
                        transform(cityHash64(dimension), kept_keys, kept_keys, toUInt64(1)) AS dimension_key
                    FROM footfall.experiment_people(site = {site:String}, experiment = {experiment:String}, by = {by:String})
                    WHERE arm > 0
                ) AS u ON u.unit = a.unit
            )
            -- Before there is a row for each metric.
            WHERE since_ms >= -by_kind.2[of_kind] AND since_ms < by_kind.4[of_kind] AND (since_ms < 0 OR since_ms >= by_kind.3[of_kind])
        )
        WHERE ms - since_ms <= m.4[place] AND (counts OR since_ms < 0 AND since_ms >= -greatest(m.10[place], m.17[place]))
        GROUP BY number, place, unit, arm
    ),
    values AS
    (
        SELECT
            number,
            toUInt16(m.3[place]) AS position,
            dimension_key,
            arm AS of_arm,
            toInt64(-1) AS day,
            if(m.11[place], toFloat64(sum_y > 0), sum_y / m.13[place]) AS y,
            if(m.12[place], toFloat64(sum_d > 0), sum_d / m.14[place]) AS d,
            if(m.11[place], toFloat64(sum_x > 0), sum_x / m.13[place]) AS x,
            bitAnd(did, 3) = 2 AND y = 0 AS just_before,
            did = 4 AS just_after,
            m.15[place] AS cap_percentile,
            cap_percentile > 0 AND (y != 0 OR d != 0 OR x != 0) AS kept
        FROM added
    ),
    -- People are counted by the spans between those times, not one by one for each metric.
    counted AS
    (
        SELECT
            number,
            if({by:String} = '', 0, transform(cityHash64(dimension), kept_keys, kept_keys, toUInt64(1))) AS dimension_key,
            if(dimension_key = 1, '(other)', any(dimension)) AS name,
            first_arm AS of_arm,
            intDiv(exposed_ms - m.16[indexOf(m.2, number)], 86400000) AS day,
            roundDown(exposed_ms, spans) AS span,
            countIf(NOT bot) AS n,
            countIf(arm > 0) AS alone,
            countIf(multiple AND NOT bot) AS several,
            countIf(bot) AS bots,
            minIf(exposed_ms, NOT bot) AS first_ms
        FROM footfall.experiment_people(site = {site:String}, experiment = {experiment:String}, by = {by:String})
        GROUP BY number, dimension_key, of_arm, day, span
    ),
    sums AS
    (
        SELECT
            number,
            toUInt16(0) AS position,
            if(of_day, 0, c.dimension_key) AS dimension_key,
            if(of_day, '', any(c.name)) AS dimension,
            c.of_arm AS of_arm,
            if(of_day, c.day, -1) AS day,
            toFloat64(sum(c.n)) AS n,
            sumForEach(arrayMap(last -> if(span <= last, alone, 0), lasts[number])) AS mature,
            toInt64(sum(c.several)) AS several,
            toInt64(sum(c.bots)) AS bots,
            toInt64(minIf(c.first_ms, c.n > 0)) AS first_ms,
            toUInt64(0) AS positive,
            toUInt64(0) AS just_before,
            toUInt64(0) AS just_after,
            (0., 0., 0., 0., 0., 0., 0., 0.) AS plain,
            CAST([], 'Array(Tuple(Float64, Float64, Float64))') AS kept_values,
            toFloat64(0) AS cap_at
        FROM counted AS c
        ARRAY JOIN if({by:String} = '', [true], [true, false]) AS of_day
        GROUP BY number, of_day, dimension_key, of_arm, day
        UNION ALL
        SELECT
            number,
            position,
            dimension_key,
            '',
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
        GROUP BY number, position, dimension_key, of_arm, day
    ),
    -- One metric, so that its values are sorted once.
    sorted AS
    (
        SELECT
            number,
            position,
            sumForEachIf(mature, day >= 0) AS metric_mature,
            max(cap_at) AS cap_percentile,
            -- Everybody's cells by dimension know the names.
            groupUniqArrayIf((dimension_key, dimension), position = 0 AND day < 0) AS named,
            groupArray((dimension_key, of_arm, day, n, several, bots, first_ms, mature, positive, just_before, just_after, plain)) AS cells,
            groupArray(kept_values) AS values_of,
            arraySort(arrayFlatten(values_of.1)) AS sorted_y,
            arraySort(arrayFlatten(values_of.2)) AS sorted_d,
            arraySort(arrayFlatten(values_of.3)) AS sorted_x
        FROM sums
        GROUP BY number, position
    ),
    caps AS
    (
        SELECT
            number,
            position,
            cells,
            values_of,
            groupArrayArray(named) OVER (PARTITION BY number) AS names,
            toFloat64((sumForEach(metric_mature) OVER (PARTITION BY number))[position]) AS all_n,
            quantile_with_zeros(sorted_y, all_n, cap_percentile) AS cap_y,
            quantile_with_zeros(sorted_d, all_n, cap_percentile) AS cap_d,
            quantile_with_zeros(sorted_x, all_n, cap_percentile) AS cap_x
        FROM sorted
    ),
    capped AS
    (
        SELECT
            number,
            position,
            if(cell.1 = 0, '', names.2[indexOf(names.1, cell.1)]) AS dimension,
            cell,
            cell.4 AS n,
            cell.12 AS plain,
            arrayMap(v -> least(v, cap_y), kept_values.1) AS y,
            arrayMap(v -> least(v, cap_d), kept_values.2) AS d,
            arrayMap(v -> least(v, cap_x), kept_values.3) AS x,
            toFloat64(length(y)) AS capped_n,
            notEmpty(y) AS is_capped
        FROM caps
        ARRAY JOIN cells AS cell, values_of AS kept_values
    )
SELECT toJSONString(
    groupArray((
        number, position, dimension, cell.2, cell.3, n, cell.5, cell.6, cell.7, cell.8, cell.9, cell.10, cell.11,
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
