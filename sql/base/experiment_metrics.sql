-- Grain: one metric of one experiment.
-- Definition: position 1 is the primary; guardrails are those listed with a leading !; defined = the table metrics has it (kind is ''
--   where it has not). Times in ms (of an instant: since 1970). last_counted_ms = a unit exposed by then counts (is mature): with a window
--   its whole [exposed_at + delay, + window) is over at as_of, without one its delay is over before the end. covariate_ms: how far
--   back the covariate reaches, 0 for none (a ratio has none). The last columns are the experiment's.
-- Source: experiment_scope, metrics.
CREATE OR REPLACE VIEW footfall.experiment_metrics AS
SELECT
    e.experiment AS experiment,
    e.number AS number,
    e.position AS position,
    e.metric AS metric,
    e.guardrail AS guardrail,
    m.metric != '' AS defined,
    toString(m.kind) AS kind,
    toString(m.event) AS event,
    m.value AS value,
    toString(m.denominator_event) AS denominator_event,
    m.denominator_value AS denominator_value,
    if(m.direction = -1, -1, 1) AS direction,
    m.cap_percentile AS cap_percentile,
    m.delay_hours AS delay_hours,
    m.window_hours AS window_hours,
    toInt64(m.delay_hours) * 3600000 AS delay_ms,
    toInt64(m.window_hours) * 3600000 AS window_ms,
    if(kind = 'ratio', 0, toInt64(e.covariate_days) * 86400000) AS covariate_ms,
    toUnixTimestamp64Milli(e.since) AS since_ms,
    toUnixTimestamp64Milli(e.counted_until) AS counted_until_ms,
    if(window_ms > 0, toUnixTimestamp64Milli(e.as_of) - delay_ms - window_ms, counted_until_ms - delay_ms - 1) AS last_counted_ms,
    e.site AS site,
    e.unit AS unit,
    e.variations AS variations,
    e.alpha AS alpha,
    e.sequential_tuning AS sequential_tuning,
    e.minimum_effect AS minimum_effect,
    e.correction AS correction,
    e.ended AS ended
FROM
(
    SELECT
        *,
        toUInt16(arrayJoin(arrayEnumerate(metrics))) AS position,
        startsWith(metrics[position], '!') AS guardrail,
        if(guardrail, substring(metrics[position], 2), metrics[position]) AS metric
    FROM footfall.experiment_scope
) AS e
LEFT ANY JOIN (SELECT * FROM footfall.metrics FINAL) AS m ON m.metric = e.metric;
