-- Grain: one part of a metric of an experiment: its numerator, and for a ratio its denominator.
-- Definition: part = its number among all. source says where its amounts are read: orders (count, any, revenue and quantity of
--   purchases), names (count and any of other events: their names suffice) or fields (the rest). It counts in [exposed_at + from_ms, + to_ms)
--   and before end_ms, units exposed by last_counted_ms. scale: amounts per unit of the metric (minor units of money); any_value: 0 or 1.
-- Source: experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_parts AS
SELECT
    site,
    experiment,
    number,
    position,
    unit,
    described.1 AS denominator,
    toUInt16(row_number() OVER (ORDER BY number, position, denominator)) AS part,
    if(described.3 = 'revenue', 'purchase', described.2) AS event,
    described.3 AS value,
    multiIf(
        event = 'purchase' AND value IN ('count', 'any', 'revenue', 'quantity'), 'orders',
        value IN ('count', 'any'), 'names',
        'fields') AS source,
    p.value = 'any' OR kind = 'proportion' AS any_value,
    p.denominator_value = 'any' AS any_denominator,
    if(p.value = 'revenue', p.minor_units, 1.) AS scale,
    if(p.denominator_value = 'revenue', p.minor_units, 1.) AS denominator_scale,
    delay_ms AS from_ms,
    if(window_ms > 0, delay_ms + window_ms, 9000000000000) AS to_ms,
    if(window_ms > 0, 9000000000000, counted_until_ms) AS end_ms,
    covariate_ms,
    cap_percentile,
    last_counted_ms
FROM
(
    SELECT
        *,
        exp10(currency_exponent(site_currency(toString(site)))) AS minor_units,
        arrayJoin(arrayConcat([(false, event, value)], if(kind = 'ratio', [(true, denominator_event, denominator_value)], []))) AS described
    FROM footfall.experiment_metrics
    WHERE defined
) AS p;
