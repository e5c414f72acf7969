-- Returns: what the statistics of experiments start from, one cell a dimension, metric, arm and day of exposure that has anybody.
-- Shape: one experiment by name, or with '' all of a site; a dimension, '' for none. position 0 is everybody exposed, by first_arm and
-- day (86,400 s since the experiment began, from 0; 0 elsewhere): n of them, of whom several saw more than one variation and are in no arm elsewhere,
-- and bots, who are not in n; mature = of those alone in their arm, how many each metric (by its place) counts. Else n = those of them who did
-- what it adds up, whenever: moments = mean and sum of squared deviations of y, of
-- a ratio's denominator d and of the covariate x (y over the covariate_days before the exposure), then the sums of products of deviations of y with
-- d and with x, over `present` of them, the others being 0. 0 or 1 for 'any' and proportions, money in major units. Capped values count as the
-- percentile (quantileExact) of all counted units of all arms and dimensions, zeros included; y, d and x each by its own. positive = units above 0;
-- just_before_only = units that did what the primary counts in the half hour before the exposure and not after.
-- A function, not a view: the views that read it would each be analysed again at every level.
-- Source: experiment_people, experiment_metrics.
CREATE OR REPLACE FUNCTION experiment_cells AS (asked_site, asked_experiment, asked_by) -> (
WITH
    -- Every metric by its place, so that a unit's row picks what it needs from constants.
    (
        SELECT arraySort(groupArray((
            place, number, position, last_counted_ms, numerator_fact, denominator_fact, from_ms, to_ms, end_ms, covariate_ms,
            any_value, any_denominator, scale, denominator_scale, cap_percentile, since_ms)))
        FROM footfall.experiment_metrics
    ) AS m,
    (SELECT arraySort(groupUniqArray(fact)) FROM footfall.experiment_facts WHERE experiment_asked(site, experiment, asked_site, asked_experiment)) AS facts,
    -- Where there is no denominator, the numerator's again.
    arrayMap((f, d) -> if(f = 0, 0, indexOf(facts, f)), m.5, m.6) AS fact_places,
    arrayMap((f, d) -> if(d = 0, indexOf(facts, f), indexOf(facts, d)), m.5, m.6) AS denominator_places,
    placed AS
    (
        SELECT
            u.*,
            -- Of each metric whether it counts the unit.
            arrayMap((of, last) -> of = u.number AND u.exposed_ms <= last AND u.arm > 0, m.2, m.4) AS counts,
            -- 0: everybody exposed; else metrics of which the unit did something: the others are zeros, known by their number.
            arrayJoin(arrayConcat([0], arrayFilter((k, c, f, d) -> c AND (bitTest(u.facts_done, f % 64) OR bitTest(u.facts_done, d % 64)), m.1, counts, fact_places, denominator_places))) AS place,
            -- Of each fact the codes between which an act counts; none where there is no such fact.
            m.5[place] AS fact,
            m.6[place] AS denominator_fact,
            toUInt64(if(fact = 0, 0, fact_places[place])) AS fact_place,
            toUInt64(if(denominator_fact = 0, 0, denominator_places[place])) AS denominator_place,
            toUInt64(u.exposed_ms) AS exposed_at,
            exposed_at + toUInt64(m.7[place]) AS start_ms,
            least(exposed_at + toUInt64(m.8[place]), toUInt64(m.9[place])) AS stop_ms,
            act_code(fact_place, start_ms) AS y_from,
            act_code(fact_place, if(fact_place = 0, 0, greatest(start_ms, stop_ms))) AS y_to,
            act_code(denominator_place, start_ms) AS d_from,
            act_code(denominator_place, if(denominator_place = 0, 0, greatest(start_ms, stop_ms))) AS d_to,
            act_code(fact_place, exposed_at - least(exposed_at, toUInt64(m.10[place]))) AS x_from,
            act_code(fact_place, if(fact_place = 0, 0, exposed_at)) AS x_to
        FROM footfall.experiment_people(site = asked_site, experiment = asked_experiment, by = asked_by) AS u
    ),
    added AS
    (
        SELECT
            *,
            arraySum((a, v) -> if(a >= y_from AND a < y_to, v, 0.), acts, amounts) AS sum_y,
            arraySum((a, v) -> if(a >= d_from AND a < d_to, v, 0.), acts, amounts) AS sum_d,
            arraySum((a, v) -> if(a >= x_from AND a < x_to, v, 0.), acts, amounts) AS sum_x
        FROM placed
    ),
    values AS
    (
        SELECT
            number,
            toUInt16(m.3[place]) AS position,
            dimension,
            if(place = 0, first_arm, arm) AS of_arm,
            if(place = 0, intDiv(exposed_ms - m.16[indexOf(m.2, number)], 86400000), 0) AS day,
            bot,
            place = 0 AND multiple AS several,
            if(place = 0, arrayMap(c -> toUInt64(c), counts), []) AS matured,
            if(m.11[place], toFloat64(sum_y > 0), sum_y / m.13[place]) AS y,
            if(m.12[place], toFloat64(sum_d > 0), sum_d / m.14[place]) AS d,
            if(m.11[place], toFloat64(sum_x > 0), sum_x / m.13[place]) AS x,
            position = 1 AND y = 0 AND arrayExists(a -> a >= x_to - 1800000 AND a < x_to, acts) AS just_before_only,
            m.15[place] AS cap_percentile,
            cap_percentile > 0 AND (y != 0 OR d != 0 OR x != 0) AS kept
        FROM added
    ),
    sums AS
    (
        SELECT
            number,
            position,
            dimension,
            of_arm,
            day,
            toFloat64(countIf(NOT bot)) AS n,
            sumForEach(matured) AS mature,
            toInt64(countIf(several AND NOT bot)) AS several,
            toInt64(countIf(bot)) AS bots,
            countIf(y > 0) AS positive,
            countIf(just_before_only) AS just_before_only,
            (avg(y), count() * varPopStable(y), avg(d), count() * varPopStable(d), avg(x), count() * varPopStable(x), count() * covarPopStable(y, d), count() * covarPopStable(y, x)) AS plain,
            groupArrayIf((y, d, x), kept) AS kept_values,
            max(cap_percentile) AS cap_at
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
SELECT CAST(
    groupArray((
        number, position, dimension, of_arm, day, n, several, bots, mature, positive, just_before_only,
        -- Of those who did something, where values are capped.
        if(is_capped, capped_n, n),
        if(is_capped,
            (
                arrayAvg(y), capped_n * arrayReduce('varPopStable', y), arrayAvg(d), capped_n * arrayReduce('varPopStable', d),
                arrayAvg(x), capped_n * arrayReduce('varPopStable', x),
                capped_n * arrayReduce('covarPopStable', y, d), capped_n * arrayReduce('covarPopStable', y, x)
            ),
            plain)
    )),
    'Array(Tuple(
        number UInt16, position UInt16, dimension String, arm UInt8, day Int64, n Float64, several Int64, bots Int64, mature Array(UInt64), positive Int64, just_before_only Int64,
        present Float64, moments Tuple(
            mean_y Float64, squares_y Float64, mean_d Float64, squares_d Float64, mean_x Float64, squares_x Float64, products_yd Float64, products_yx Float64)))')
FROM capped);
