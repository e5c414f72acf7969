-- Grain: one event or order, of whatever person (bots out), that metrics of an experiment may add up.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: unit as in experiment_people; kind of experiment_kinds; amounts = of each of its facts:
--   1 for a count, net revenue in minor units of the site's currency (0 without a rate), quantity of items, points, score, ms, or the entry of
--   metrics; none where all are 1. Purchases are transactions, as in orders_fact. Those before the exposure are in as far back as a covariate reaches,
--   and after it to the end of the last window.
-- Source: event_rows, orders_fact, experiments, experiment_reach, experiment_kinds, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_acts AS
WITH
    -- Scalar subqueries: worked out once a query, and constants for what reads them.
    (SELECT (any(site), min(reads_from), max(reads_to)) FROM footfall.experiment_reach WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS reach,
    reach.1 AS shop,
    -- Whether units are visitors: both where experiments differ.
    (SELECT groupUniqArray(unit = 'visitor') FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS by_visitor,
    -- By source the events with a kind of their own, those kinds, and the kind of all others, 0 for none; then of every kind what it adds up.
    (
        SELECT
        (
            groupArrayIf(event, source = 'names'), groupArrayIf(kind, source = 'names'), maxIf(kind, source = 'names' AND event = ''),
            groupArrayIf(event, source = 'fields'), groupArrayIf(kind, source = 'fields'), maxIf(kind, source = 'fields' AND event = ''),
            maxIf(kind, source = 'orders'),
            groupArray(added),
            groupUniqArrayArrayIf(added, source = 'fields'),
            countIf(source = 'fields' AND arrayExists(what -> startsWith(what, 'metrics.'), added)) > 0,
            groupUniqArrayArrayIf(added, source = 'orders')
        )
        FROM (SELECT * FROM footfall.experiment_kinds(site = {site:String}, experiment = {experiment:String}) ORDER BY kind)
    ) AS kinds,
    events AS
    (
        SELECT
            visitor_key,
            session_key,
            toUnixTimestamp64Milli(event_time) AS ms,
            CAST(transform(event_name, kinds.1, kinds.2, kinds.3), 'UInt16') AS kind,
            CAST([], 'Array(Float64)') AS amounts
        FROM footfall.event_rows FINAL
        -- Before FINAL: of one event all copies have one name.
        PREWHERE notEmpty(kinds.1) AND (kinds.3 > 0 OR has(kinds.1, event_name))
        WHERE site = shop AND event_time >= reach.2 AND event_time < reach.3
        UNION ALL
        SELECT
            visitor_key,
            session_key,
            toUnixTimestamp64Milli(event_time),
            CAST(transform(event_name, kinds.4, kinds.5, kinds.6), 'UInt16') AS of_kind,
            -- Only what is asked for is read.
            arrayMap(
                what -> multiIf(
                    what = 'quantity', if(has(kinds.9, 'quantity'), toFloat64(arraySum(items.quantity)), 0.),
                    what = 'points', if(has(kinds.9, 'points'), toFloat64(points), 0.),
                    what = 'score', if(has(kinds.9, 'score'), ifNull(score, 0.), 0.),
                    what = 'engagement_time_ms', if(has(kinds.9, 'engagement_time_ms'), toFloat64(engagement_time_ms), 0.),
                    if(kinds.10, metrics[substring(what, 9)], 0.)),
                kinds.8[of_kind])
        FROM footfall.event_rows FINAL
        PREWHERE notEmpty(kinds.4) AND (kinds.6 > 0 OR has(kinds.4, event_name))
        WHERE site = shop AND event_time >= reach.2 AND event_time < reach.3
    ),
    acts AS
    (
        SELECT s.user_key AS own_key, k.user_key AS known_key, e.visitor_key AS visitor_key, e.ms AS ms, e.kind AS kind, e.amounts AS amounts
        FROM events AS e
        LEFT ANY JOIN (SELECT raw_session_key, user_key FROM footfall.shared_session_accounts WHERE site = shop) AS s ON s.raw_session_key = e.session_key
        LEFT ANY JOIN (SELECT visitor_key, user_key FROM footfall.visitor_accounts WHERE site = shop) AS k ON k.visitor_key = e.visitor_key
        WHERE e.session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = shop)
        UNION ALL
        SELECT
            person_key,
            toUInt64(0),
            if(has(by_visitor, 1), cityHash64(visitor_id), 0),
            toUnixTimestamp64Milli(at),
            kinds.7,
            arrayMap(
                what -> multiIf(
                    what = 'revenue', toFloat64(ifNull(reporting_net, 0)),
                    what = 'quantity', if(has(kinds.11, 'quantity'), toFloat64(arraySum(items.quantity)), 0.),
                    1.),
                kinds.8[kinds.7])
        FROM footfall.orders_fact
        WHERE site = shop AND at >= reach.2 AND at < reach.3 AND kinds.7 > 0 AND NOT bot
    )
SELECT experiment_unit(arrayJoin(by_visitor), own_key, known_key, visitor_key) AS unit, ms, kind, amounts
FROM acts
SETTINGS do_not_merge_across_partitions_select_final = 1;
