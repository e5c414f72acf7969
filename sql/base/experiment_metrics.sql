-- Grain: one metric of one experiment.
-- Definition: position 1 is the primary; guardrails are those listed with a leading !; defined = the table metrics has it (kind is ''
--   where it has not). A fact is what it adds up (0: nothing): the hash of event and value, where any is as count
--   and revenue is of purchases; any_… = 0 or 1 for each unit; …scale = amounts per unit of the metric (minor units of money).
--   Times in ms (of an instant: since 1970): it counts in [exposed + from_ms, exposed + to_ms) and before end_ms, of units exposed by
--   last_counted_ms: with a window its whole is over at as_of, without one its delay is over before the end. covariate_ms: how
--   far back the covariate reaches, 0 for none (a ratio has none). before_ms: how shortly before an exposure an act of the primary is one
--   that the exposure may have come by: half an hour, or its window; 0 where it counts only from a delay on, and where it counts what
--   whoever is exposed has just done (page_view, view_…, every event). The last columns are the experiment's.
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
    if(m.value = 'revenue', 'purchase', toString(m.event)) AS event,
    if(m.value = 'any', 'count', m.value) AS value,
    if(m.denominator_value = 'revenue', 'purchase', toString(m.denominator_event)) AS denominator_event,
    if(m.denominator_value = 'any', 'count', m.denominator_value) AS denominator_value,
    if(defined, cityHash64(event, value), 0) AS numerator_fact,
    if(defined AND kind = 'ratio', cityHash64(denominator_event, denominator_value), 0) AS denominator_fact,
    m.value = 'any' OR kind = 'proportion' AS any_value,
    m.denominator_value = 'any' AS any_denominator,
    if(m.value = 'revenue', e.minor_units, 1.) AS scale,
    if(m.denominator_value = 'revenue', e.minor_units, 1.) AS denominator_scale,
    if(m.direction = -1, -1, 1) AS direction,
    m.cap_percentile AS cap_percentile,
    toInt64(m.delay_hours) * 3600000 AS from_ms,
    toInt64(m.window_hours) * 3600000 AS window_ms,
    if(window_ms > 0, from_ms + window_ms, 9000000000000) AS to_ms,
    if(window_ms > 0, 9000000000000, counted_until_ms) AS end_ms,
    if(kind = 'ratio', 0, toInt64(e.covariate_days) * 86400000) AS covariate_ms,
    if(position > 1 OR NOT defined OR from_ms > 0 OR event IN ('', 'page_view', 'page_timing', 'experiment_viewed') OR startsWith(event, 'view_'),
        0, least(1800000, to_ms)) AS before_ms,
    toUnixTimestamp64Milli(e.since) AS since_ms,
    ifNull(toUnixTimestamp64Milli(e.counted_until), 0) AS counted_until_ms,
    if(window_ms > 0, ifNull(toUnixTimestamp64Milli(e.as_of), 0) - to_ms, counted_until_ms - from_ms - 1) AS last_counted_ms,
    e.site AS site,
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
        exp10(currency_exponent(site_currency(toString(site)))) AS minor_units,
        toUInt16(arrayJoin(arrayEnumerate(metrics))) AS position,
        startsWith(metrics[position], '!') AS guardrail,
        if(guardrail, substring(metrics[position], 2), metrics[position]) AS metric
    FROM footfall.experiment_scope
) AS e
LEFT ANY JOIN (SELECT * FROM footfall.metrics FINAL) AS m ON m.metric = e.metric;
