-- Grain: one unit (person or visitor, as the experiment says) of an experiment, exposed between `since` and the end; bots apart.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none).
-- Definition: unit = 64-bit hash of the person (the account where one is known, so that two visitors of one account merge; unit
--   'visitor' never merges) or, for a bot, of the visitor. exposed_ms = its first exposure to any variation and first_arm that variation's
--   place in the experiment's list, 0 where the list lacks it (of equal times the lesser); multiple = more than one was seen; arm = first_arm, or
--   0 where multiple: only arms above 0 are compared. dimension = that of the first exposure's session, so that it never changes; new = the
--   person's first active session starts no earlier. acts = what it did, as act_code(place of the fact among all, ms), and amounts, as long (facts_done: bit place % 64 is set for those it did): 1 for a count, net revenue in
--   minor units of the site's currency (0 without a rate), quantity of items, points, score, ms, or the entry of metrics. Purchases are
--   transactions, as in orders_fact. Acts before the exposure are in as far back as a covariate reaches, and after it to the end of the last window.
-- Source: exposure_rows, event_rows, orders_fact, experiments, experiment_reach, experiment_scope, experiment_facts, visitor_accounts,
--   shared_session_accounts, bot_sessions; for a dimension session_facts, session_aliases, people.
CREATE OR REPLACE VIEW footfall.experiment_people AS
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
            x.visitor_id AS visitor_id,
            x.session_id AS session_id,
            toUInt16(s.number) AS number,
            s.unit AS unit_kind,
            -- One number, so that the smallest is the first exposure with its variation.
            toInt64(toUnixTimestamp64Milli(x.event_time) * 256 + indexOf(s.variations, toString(x.variation))) AS exposure,
            CAST([], 'Array(UInt64)') AS acts,
            CAST([], 'Array(Float64)') AS amounts
        FROM footfall.exposure_rows AS x
        INNER JOIN (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s ON s.experiment = x.experiment
        WHERE x.site = shop
            AND x.experiment IN (SELECT experiment FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String}))
            AND x.event_time >= s.since AND x.event_time < s.counted_until
        UNION ALL
        SELECT
            visitor_id,
            session_id,
            0,
            arrayJoin(unit_kinds),
            0,
            arrayMap(f -> act_code(indexOf(facts, f.1), toUnixTimestamp64Milli(event_time)), arrayFilter(f -> f.2 = '' OR f.2 = event_name, of_names)) AS codes,
            arrayMap(c -> 1., codes)
        FROM footfall.event_rows FINAL
        WHERE site = shop AND event_time >= reach.2 AND event_time < reach.3
            AND notEmpty(of_names) AND (has(of_names.2, '') OR has(of_names.2, event_name))
        UNION ALL
        SELECT
            visitor_id,
            session_id,
            0,
            arrayJoin(unit_kinds),
            0,
            arrayMap(f -> act_code(indexOf(facts, f.1), toUnixTimestamp64Milli(event_time)), arrayFilter(f -> f.2 = '' OR f.2 = event_name, of_fields)),
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
            0,
            arrayJoin(unit_kinds),
            0,
            arrayMap(f -> act_code(indexOf(facts, f.1), toUnixTimestamp64Milli(at)), of_orders),
            arrayMap(f -> multiIf(f.3 = 'revenue', toFloat64(ifNull(reporting_net, 0)), f.3 = 'quantity', toFloat64(arraySum(items.quantity)), 1.), of_orders)
        FROM footfall.orders_fact
        WHERE site = shop AND at >= reach.2 AND at < reach.3 AND notEmpty(of_orders)
    ),
    units AS
    (
        SELECT
            -- A bot's exposures are only counted, so that its visitor is enough.
            multiIf(
                bot, cityHash64('b', visitor_id),
                unit_kind = 'visitor' OR account = '', cityHash64(unit_kind, 'v', visitor_id),
                cityHash64(unit_kind, 'u', account)) AS unit,
            any(bot) AS is_bot,
            -- Plain numbers, which are gathered several times faster than tuples.
            groupArrayIf(toUInt64(number * 1125899906842624 + exposure), number > 0) AS exposures,
            if({by:String} = '', '', argMinIf(session_id, (exposure, session_id), number > 0)) AS exposure_session_id,
            groupArrayArray(acts) AS did,
            groupArrayArray(amounts) AS did_amounts,
            groupBitOrArray(arrayMap(a -> bitShiftLeft(toUInt64(1), intDiv(a, 4398046511104) % 64), acts)) AS facts_done
        FROM
        (
            SELECT
                r.visitor_id AS visitor_id,
                r.session_id AS session_id,
                r.number AS number,
                r.unit_kind AS unit_kind,
                r.exposure AS exposure,
                r.acts AS acts,
                r.amounts AS amounts,
                r.session_id IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop) AS bot,
                if(u.user_id = '', v.user_id, u.user_id) AS account
            FROM rows AS r
            LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = shop) AS u ON u.raw_session_id = r.session_id
            LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = shop) AS v ON v.visitor_id = r.visitor_id
        )
        WHERE NOT bot OR number > 0
        GROUP BY unit
        HAVING notEmpty(exposures)
    ),
    exposed AS
    (
        SELECT
            unit,
            is_bot,
            did AS acts,
            did_amounts AS amounts,
            facts_done,
            arrayJoin(arrayDistinct(arrayMap(x -> intDiv(x, 1125899906842624), exposures))) AS of,
            arrayMap(x -> x % 1125899906842624, arrayFilter(x -> intDiv(x, 1125899906842624) = of, exposures)) AS mine,
            arrayMin(mine) AS first,
            arrayMin(x -> x % 256, mine) != arrayMax(x -> x % 256, mine) AS multiple,
            exposure_session_id AS session_id
        FROM units
    )
SELECT
    toUInt16(x.of) AS number,
    x.unit AS unit,
    x.is_bot AS bot,
    toInt64(intDiv(x.first, 256)) AS exposed_ms,
    toUInt8(x.first % 256) AS first_arm,
    x.multiple AS multiple,
    if(multiple OR bot, 0, first_arm) AS arm,
    x.acts AS acts,
    x.amounts AS amounts,
    x.facts_done AS facts_done,
    if({by:String} = 'channel', toString(s.channel),
    if({by:String} = 'source', toString(s.source),
    if({by:String} = 'medium', toString(s.medium),
    if({by:String} = 'campaign', toString(s.campaign),
    if({by:String} = 'term', s.term,
    if({by:String} = 'content', s.content,
    if({by:String} = 'country', toString(s.country),
    if({by:String} = 'language', toString(s.language),
    if({by:String} = 'device', toString(s.device),
    if({by:String} = 'platform', toString(s.platform),
    if({by:String} = 'browser', toString(s.browser),
    if({by:String} = 'landing_page', s.landing_page,
    if({by:String} = 'new_or_returning', if(p.first_seen >= s.started_at, 'new', 'returning'),
    ''))))))))))))) AS dimension
FROM exposed AS x
LEFT ANY JOIN
(
    SELECT
        arrayJoin(arrayConcat([f.session_id], a.absorbed)) AS raw_session_id,
        channel, source, medium, campaign, term, content, country, language, device, platform, browser, landing_page, started_at
    FROM footfall.session_facts AS f
    LEFT ANY JOIN (SELECT root, groupArray(session_id) AS absorbed FROM footfall.session_aliases FINAL WHERE site = shop GROUP BY root) AS a ON a.root = f.session_id
    WHERE f.site = shop AND {by:String} != ''
) AS s ON s.raw_session_id = x.session_id
LEFT ANY JOIN
(
    SELECT
        arrayJoin(arrayConcat(
            [cityHash64('person', substring(person_id, 1, 1), substring(person_id, 3))],
            arrayMap(v -> cityHash64('visitor', 'v', v), visitor_ids))) AS unit,
        first_seen
    FROM footfall.people
    WHERE site = shop AND {by:String} = 'new_or_returning'
) AS p ON p.unit = x.unit
SETTINGS do_not_merge_across_partitions_select_final = 1;
