-- Grain: one kind of amount that a metric of an experiment adds up: its numerator's, and for a ratio its denominator's.
-- Definition: fact = the number of (event, value): metrics that add up the same share it. source says where it is read: orders (count, any,
--   revenue and quantity of purchases), names (count and any of other events: their names suffice) or fields (the rest). event '' is every event.
-- Source: experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_facts AS
SELECT
    site,
    experiment,
    described.1 AS fact,
    described.2 AS event,
    described.3 AS value,
    multiIf(
        event = 'purchase' AND value IN ('count', 'revenue', 'quantity'), 'orders',
        value = 'count', 'names',
        'fields') AS source
FROM
(
    SELECT site, experiment, arrayJoin([(numerator_fact, event, value), (denominator_fact, denominator_event, denominator_value)]) AS described
    FROM footfall.experiment_metrics
)
WHERE fact != 0;
