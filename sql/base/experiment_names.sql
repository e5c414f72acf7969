-- Grain: one part of a metric of an experiment that is read from events, and one name of an event that it counts.
-- Definition: a part that counts every event is under every name that its site has.
-- Source: experiment_parts, event_rows.
CREATE OR REPLACE VIEW footfall.experiment_names AS
SELECT site, experiment, number, unit, part, value, source, toLowCardinality(event) AS event_name
FROM footfall.experiment_parts
WHERE source != 'orders' AND event != ''
UNION ALL
SELECT p.site, p.experiment, p.number, p.unit, p.part, p.value, p.source, e.event_name
FROM footfall.experiment_parts AS p
INNER JOIN (SELECT DISTINCT site, event_name FROM footfall.event_rows) AS e ON e.site = p.site
WHERE p.source != 'orders' AND p.event = '';
