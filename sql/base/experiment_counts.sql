-- Grain: one metric, arm and day of exposure (UTC); position 0: everybody exposed, by first_arm. Without a dimension, empty arms too.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none).
-- Definition: counted = units of the arm that the metric counts (mature; at position 0 all); multiple = those at position 0 who saw more
--   than one variation, who are in no arm elsewhere; day = 86,400 s since the experiment began, from 0 (0 elsewhere).
-- Source: experiment_units, experiment_dimensions, experiment_metrics, experiment_scope.
CREATE OR REPLACE VIEW footfall.experiment_counts AS
SELECT cell.1 AS number, cell.2 AS dimension, cell.3 AS position, cell.4 AS arm, cell.5 AS day, cell.6 AS counted, cell.7 AS multiple
FROM
(
    -- A scalar subquery is worked out once a query, however often this view is read in it.
    SELECT arrayJoin(
    (
        SELECT groupArray((number, dimension, position, arm, day, counted, multiple))
        FROM
        (
            SELECT number, dimension, position, arm, day, sum(one) AS counted, sum(several) AS multiple
            FROM
            (
                SELECT
                    u.number AS number,
                    g.dimension AS dimension,
                    m.position AS position,
                    if(m.position = 0, u.first_arm, u.arm) AS arm,
                    if(m.position = 0, intDiv(u.exposed_ms - m.since_ms, 86400000), 0) AS day,
                    1 AS one,
                    m.position = 0 AND u.multiple AS several
                FROM footfall.experiment_units(site = {site:String}, experiment = {experiment:String}) AS u
                LEFT ANY JOIN footfall.experiment_dimensions(site = {site:String}, experiment = {experiment:String}, by = {by:String}) AS g ON g.unit = u.unit AND g.number = u.number
                INNER JOIN
                (
                    SELECT
                        number,
                        arrayJoin(if(position = 1, [0, 1], [position])) AS position,
                        since_ms,
                        if(position = 0, 9000000000000, m.last_counted_ms) AS last_counted_ms
                    FROM footfall.experiment_metrics AS m
                ) AS m ON m.number = u.number
                WHERE m.position = 0 OR (u.arm > 0 AND u.exposed_ms <= m.last_counted_ms)
                UNION ALL
                SELECT number, '', arrayJoin(range(0, length(metrics) + 1)), arrayJoin(arrayEnumerate(variations)), 0, 0, 0
                FROM footfall.experiment_scope
                WHERE {by:String} = '' AND experiment_asked(site, experiment, {site:String}, {experiment:String})
            )
            GROUP BY number, dimension, position, arm, day
        )
    )) AS cell
);
