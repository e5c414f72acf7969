-- Grain: one unit of an experiment, as in experiment_units; dimension = new or returning.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: new = the person's first active session starts no earlier than that of the first exposure.
-- Source: experiment_dimensioned, experiments, people.
CREATE OR REPLACE VIEW footfall.experiment_returning AS
SELECT
    x.number AS number,
    x.unit AS unit,
    x.bot AS bot,
    x.exposed_ms AS exposed_ms,
    x.first_arm AS first_arm,
    x.multiple AS multiple,
    x.arm AS arm,
    if(p.first_seen >= x.started_at, 'new', 'returning') AS dimension
FROM footfall.experiment_dimensioned(site = {site:String}, experiment = {experiment:String}, by = '') AS x
LEFT ANY JOIN
(
    SELECT
        arrayJoin(arrayConcat(
            [experiment_unit(false, 0, if(startsWith(person_id, 'u:'), sipHash64(substring(person_id, 3)), 0), cityHash64(substring(person_id, 3)))],
            arrayMap(v -> experiment_unit(true, 0, 0, cityHash64(v)), visitor_ids))) AS unit,
        first_seen
    FROM footfall.people
    WHERE site = (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String}))
) AS p ON p.unit = x.unit;
