-- Grain: one event or order, of whatever person (bots out), that metrics of an experiment may add up.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: unit as in experiment_people. places = of its facts among all (experiment_facts, sorted by number), and amounts, as long:
--   1 for a count, net revenue in minor units of the site's currency (0 without a rate), quantity of items, points, score, ms, or the entry of
--   metrics. Purchases are transactions, as in orders_fact. Those before the exposure are in as far back as a covariate reaches, and after it to the
--   end of the last window.
-- Source: event_rows, orders_fact, experiments, experiment_reach, experiment_facts, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_acts AS
WITH
    -- Scalar subqueries: worked out once a query, and constants for what reads them.
    (SELECT (any(site), min(reads_from), max(reads_to)) FROM footfall.experiment_reach WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS reach,
    reach.1 AS shop,
    (SELECT groupUniqArray(toString(unit)) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS unit_kinds,
    (SELECT arraySort(groupUniqArray(fact)) FROM footfall.experiment_facts WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS facts,
    (SELECT groupUniqArrayIf((fact, event, value), source = 'names') FROM footfall.experiment_facts WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS of_names,
    (SELECT groupUniqArrayIf((fact, event, value), source = 'fields') FROM footfall.experiment_facts WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS of_fields,
    (SELECT groupUniqArrayIf((fact, event, value), source = 'orders') FROM footfall.experiment_facts WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS of_orders,
    rows AS
    (
        SELECT
            visitor_id,
            session_id,
            toUnixTimestamp64Milli(event_time) AS ms,
            arrayMap(f -> toUInt16(indexOf(facts, f.1)), arrayFilter(f -> f.2 = '' OR f.2 = event_name, of_names)) AS places,
            arrayMap(p -> 1., places) AS amounts
        FROM footfall.event_rows FINAL
        WHERE site = shop AND event_time >= reach.2 AND event_time < reach.3
            AND notEmpty(of_names) AND (has(of_names.2, '') OR has(of_names.2, event_name))
        UNION ALL
        SELECT
            visitor_id,
            session_id,
            toUnixTimestamp64Milli(event_time),
            arrayMap(f -> toUInt16(indexOf(facts, f.1)), arrayFilter(f -> f.2 = '' OR f.2 = event_name, of_fields)),
            arrayMap(
                f -> multiIf(
                    f.3 = 'quantity', toFloat64(arraySum(items.quantity)),
                    f.3 = 'points', toFloat64(points),
                    f.3 = 'score', ifNull(score, 0.),
                    f.3 = 'engagement_time_ms', toFloat64(engagement_time_ms),
                    metrics[substring(f.3, 9)]),
                arrayFilter(f -> f.2 = '' OR f.2 = event_name, of_fields))
        FROM footfall.event_rows FINAL
        WHERE site = shop AND event_time >= reach.2 AND event_time < reach.3
            AND notEmpty(of_fields) AND (has(of_fields.2, '') OR has(of_fields.2, event_name))
        UNION ALL
        SELECT
            visitor_id,
            session_id,
            toUnixTimestamp64Milli(at),
            arrayMap(f -> toUInt16(indexOf(facts, f.1)), of_orders),
            arrayMap(f -> multiIf(f.3 = 'revenue', toFloat64(ifNull(reporting_net, 0)), f.3 = 'quantity', toFloat64(arraySum(items.quantity)), 1.), of_orders)
        FROM footfall.orders_fact
        WHERE site = shop AND at >= reach.2 AND at < reach.3 AND notEmpty(of_orders)
    ),
SELECT
    experiment_unit(arrayJoin(unit_kinds), u.user_id, v.user_id, r.visitor_id) AS unit,
    r.ms AS ms,
    r.places AS places,
    r.amounts AS amounts
FROM rows AS r
LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = shop) AS u ON u.raw_session_id = r.session_id
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = shop) AS v ON v.visitor_id = r.visitor_id
WHERE r.session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop)
SETTINGS do_not_merge_across_partitions_select_final = 1;
