-- Grain: one experiment.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), cells String (of experiment_cells, by any dimension: all of its
--   values are taken together).
-- Definition: p-values of what ought not to depend on the variation: having seen several (multiple_p), the half of the days (drift_p), being a bot
--   (robots_p), the variation of another experiment (interaction_p: the least of all others', times their number; that one is `other`).
-- Source: experiment_splits, experiment_overlaps.
CREATE OR REPLACE VIEW footfall.experiment_independence AS
WITH
    -- Tables of counts that ought to be independent, tested in one place.
    tables AS
    (
        SELECT
            experiment,
            arrayJoin([('multiple', [people, multiples]), ('drift', [early, late]), ('bots', [arrayMap((p, m) -> p + m, people, multiples), robots])]) AS t,
            t.1 AS kind,
            t.2 AS counts
        FROM footfall.experiment_splits(site = {site:String}, experiment = {experiment:String}, cells = {cells:String})
        UNION ALL
        SELECT
            experiment,
            ('', CAST([], 'Array(Array(Int64))')),
            concat('with ', other),
            arrayMap(v -> arrayMap(o -> arraySum(c -> if(c.1 = v AND c.2 = o, c.3, 0), table_cells), arrayDistinct(table_cells.2)), arrayDistinct(table_cells.1))
        FROM (SELECT experiment, other, groupArray((variation, other_variation, people)) AS table_cells FROM footfall.experiment_overlaps(site = {site:String}, experiment = {experiment:String}) GROUP BY experiment, other)
    )
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
GROUP BY experiment;
