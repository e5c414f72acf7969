-- Grain: one event or order, of whatever person, that metrics of an experiment may count.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: unit as in experiment_units; parts = the parts (experiment_parts) that it adds `amount` to: 1 for count and any, net
--   revenue in minor units of the site's currency (0 without a rate: experiment_checks counts them), quantity of items, points, score, ms,
--   or the entry of its metrics. Purchases are transactions, as in orders_fact. Bots out. Events before
--   the exposure are in as far back as a covariate reaches, and to the end of the last window.
-- Source: orders_fact, event_rows, experiment_reach, experiment_parts, experiment_names, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_amounts AS
WITH
    (
        SELECT (any(site), min(reads_from), max(reads_to)) FROM footfall.experiment_reach WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})
    ) AS reach,
    reach.1 AS shop
SELECT
    p.number AS number,
    cityHash64(if(p.unit = 'visitor', concat('v:', e.visitor_id), person_of(u.user_id, v.user_id, e.visitor_id))) AS unit,
    toUnixTimestamp64Milli(e.event_time) AS ms,
    p.parts AS parts,
    1. AS amount
FROM
(
    SELECT visitor_id, session_id, event_time, event_name
    FROM footfall.event_rows FINAL
    WHERE site = shop
        AND event_time >= reach.2 AND event_time < reach.3
        AND event_name IN (SELECT event_name FROM footfall.experiment_names WHERE source = 'names' AND experiment_asked(site, experiment, {site:String}, {experiment:String}))
        AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop)
) AS e
INNER JOIN
(
    SELECT number, event_name, any(unit) AS unit, groupArray(part) AS parts
    FROM footfall.experiment_names
    WHERE source = 'names' AND experiment_asked(site, experiment, {site:String}, {experiment:String})
    GROUP BY number, event_name
) AS p ON p.event_name = e.event_name
LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = shop) AS u ON u.raw_session_id = e.session_id
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = shop) AS v ON v.visitor_id = e.visitor_id
UNION ALL
SELECT
    p.number,
    cityHash64(if(p.unit = 'visitor', concat('v:', o.visitor_id), o.person_id)),
    toUnixTimestamp64Milli(o.at),
    p.parts,
    multiIf(p.value = 'revenue', toFloat64(ifNull(o.reporting_net, 0)), p.value = 'quantity', toFloat64(arraySum(o.items.quantity)), 1.)
FROM
(
    SELECT visitor_id, person_id, at, reporting_net, items, 'orders' AS source
    FROM footfall.orders_fact
    WHERE site = shop AND NOT bot AND at >= reach.2 AND at < reach.3
) AS o
INNER JOIN
(
    SELECT number, source, any(unit) AS unit, if(value = 'any', 'count', value) AS value, groupArray(part) AS parts
    FROM footfall.experiment_parts
    WHERE source = 'orders' AND experiment_asked(site, experiment, {site:String}, {experiment:String})
    GROUP BY number, source, value
) AS p ON p.source = o.source
UNION ALL
SELECT
    p.number,
    cityHash64(if(p.unit = 'visitor', concat('v:', e.visitor_id), person_of(u.user_id, v.user_id, e.visitor_id))),
    toUnixTimestamp64Milli(e.event_time),
    p.parts,
    multiIf(
        p.value = 'quantity', toFloat64(e.quantity),
        p.value = 'points', toFloat64(e.points),
        p.value = 'score', ifNull(e.score, 0.),
        p.value = 'engagement_time_ms', toFloat64(e.engagement_time_ms),
        e.metrics[substring(p.value, 9)])
FROM
(
    SELECT visitor_id, session_id, event_time, event_name, arraySum(items.quantity) AS quantity, points, score, engagement_time_ms, metrics
    FROM footfall.event_rows FINAL
    WHERE site = shop
        AND event_time >= reach.2 AND event_time < reach.3
        AND event_name IN (SELECT event_name FROM footfall.experiment_names WHERE source = 'fields' AND experiment_asked(site, experiment, {site:String}, {experiment:String}))
        AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop)
) AS e
INNER JOIN
(
    SELECT number, event_name, value, any(unit) AS unit, groupArray(part) AS parts
    FROM footfall.experiment_names
    WHERE source = 'fields' AND experiment_asked(site, experiment, {site:String}, {experiment:String})
    GROUP BY number, event_name, value
) AS p ON p.event_name = e.event_name
LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = shop) AS u ON u.raw_session_id = e.session_id
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = shop) AS v ON v.visitor_id = e.visitor_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
