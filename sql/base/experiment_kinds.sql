-- Grain: one kind of act that metrics of an experiment add up: where it is read (source, of experiment_facts), and its event.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: kind = its number, from 1; event '' = whatever event has no kind of its own there. facts = what an act of it adds to, those of
--   every event too; added = what of it, in the same order, in which an act carries its amounts.
-- Source: experiment_facts.
CREATE OR REPLACE VIEW footfall.experiment_kinds AS
SELECT
    toUInt16(row_number() OVER (ORDER BY source, event)) AS kind,
    source,
    event,
    of_event.1 AS facts,
    of_event.3 AS added
FROM
(
    SELECT source, event, arraySort(arrayFilter(f -> f.2 IN ('', event), described)) AS of_event
    FROM
    (
        SELECT source, groupUniqArray((fact, event, value)) AS described
        FROM footfall.experiment_facts
        WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})
        GROUP BY source
    )
    ARRAY JOIN arrayDistinct(described.2) AS event
);
