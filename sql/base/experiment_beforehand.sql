-- Grain: one experiment: what its people did before their exposure, and around it.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), cells String (of experiment_cells, by any dimension: all of its
--   values are taken together).
-- Definition: covariate_p = whether the arms differed before the exposure, the least of all metrics and variations, times their number; converted,
--   converted_before, converted_after = units that did what the primary counts: after the exposure, just before it alone, and just after it first.
-- Source: experiment_scope, experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_beforehand AS
WITH
    -- What each arm did before the exposure, by which the arms ought not to differ yet: a Welch test a metric and variation.
    before AS
    (
        SELECT
            c.number AS number, c.position AS position, c.arm AS arm,
            groupArray((c.present, c.mean_x, c.squares_x)) AS parts,
            arraySum(parts.1) AS present,
            arraySum(p -> p.1 * p.2, parts) / present AS mean,
            arraySum(p -> p.3 + p.1 * pow(p.2 - mean, 2), parts) AS squares,
            toFloat64(any(counted.mature)[any(m.position)]) AS n
        FROM
        (
            SELECT
                tupleElement(c, 'number') AS number, tupleElement(c, 'position') AS position, tupleElement(c, 'arm') AS arm, tupleElement(c, 'present') AS present,
                tupleElement(tupleElement(c, 'moments'), 'mean_x') AS mean_x, tupleElement(tupleElement(c, 'moments'), 'squares_x') AS squares_x
            FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
            WHERE position > 0
        ) AS c
        INNER JOIN (SELECT number, position FROM footfall.experiment_metrics) AS m ON m.number = c.number AND m.position = c.position
        INNER JOIN
        (
            SELECT tupleElement(c, 'number') AS number, tupleElement(c, 'arm') AS arm, sumForEach(tupleElement(c, 'mature')) AS mature
            FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
            WHERE tupleElement(c, 'position') = 0 AND tupleElement(c, 'day') >= 0
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
    )
SELECT number, covariate_p, converted, converted_before, converted_after
FROM (SELECT number FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s
LEFT JOIN alike USING (number)
LEFT JOIN late USING (number);
