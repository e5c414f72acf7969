-- Grain: one experiment of a site, the newest first.
-- Parameters: site String.
-- Definition: status: planned (its start is after as_of), running, ended; days = whole days since its first exposure, to as_of or its end;
--   people = exposed, those who saw several variations too. verdict and reason of the primary metric: of several variations that of the one to
--   ship, else the one that is still open, else of the first.
-- Source: experiment_judged, experiment_scope, check_site.
CREATE OR REPLACE VIEW footfall.experiments_overview AS
SELECT
    s.experiment AS experiment,
    multiIf(s.since > s.as_of, 'planned', s.ended, 'ended', 'running') AS status,
    j.days AS days,
    j.exposed AS people,
    j.chosen.1 AS variation,
    if(status = 'planned', 'keep running', j.chosen.2) AS verdict,
    if(status = 'planned', 'it has not begun', j.chosen.3) AS reason
FROM footfall.experiment_scope AS s
LEFT JOIN
(
    SELECT
        tupleElement(r, 'number') AS number,
        any(people) AS exposed,
        any(whole_days) AS days,
        argMin(
            (tupleElement(r, 'variation'), word, reason),
            (indexOf(['do not read', 'ship', 'keep running', 'cannot tell', 'do not ship', 'no effect found'], word), tupleElement(r, 'arm'))) AS chosen
    FROM footfall.experiment_judged(site = {site:String}, experiment = '')
    WHERE tupleElement(r, 'position') = 1 AND NOT tupleElement(r, 'is_control')
    GROUP BY number
) AS j ON j.number = s.number
WHERE s.site = {site:String} AND (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
ORDER BY s.since DESC, experiment;
