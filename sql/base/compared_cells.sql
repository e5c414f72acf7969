-- Grain: one slot of compared_slots (1: the one that is judged) × dimension_name (total, channel, device, country) × dimension × metric.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), grain String (hour, day).
-- Definition: value = hits / n for a rate (conversion, refund_rate, csat, churn_rate), else hits; n = what it rests on: a rate's divisor,
--   revenue's orders, else hits. sessions, active_people, conversion (sessions with an order): active sessions that start in the slot.
--   orders, revenue (net, in the site's currency), refund_rate (refunded / gross of those orders): bought in it. payment_failures, and
--   zero_result_searches (metrics.search_results = 0): events. csat: of each person's last answer (1 to 5) the share of 4 and 5. Orders
--   and refunds that came after the slot's known_at are left out. churn_rate (days only) and rejects (by hour of arrival, with those whose site could not be
--   read) are totals only.
-- Source: compared_slots, visits, orders_fact, refund_rows, event_rows, session_aliases, churned_on_weekday, ledger_rows.
CREATE OR REPLACE VIEW footfall.compared_cells AS
WITH
    site_zone({site:String}) AS zone,
    (
        SELECT (min(started_at), max(started_at), max(ended_at), max(known_at))
        FROM footfall.compared_slots(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, grain = {grain:String})
    ) AS bounds,
    bounds.1 AS first_start,
    bounds.2 AS last_start,
    bounds.3 AS last_end,
    bounds.4 AS now_at
SELECT
    slot,
    dimension_name,
    dimension,
    figure.1 AS metric,
    figure.2 AS hits,
    figure.3 AS n
FROM
(
    SELECT
        part.1 AS slot,
        cut.1 AS dimension_name,
        cut.2 AS dimension,
        toFloat64(countIf(part.2 = 'session')) AS sessions,
        toFloat64(uniqExactIf(person_key, part.2 = 'session')) AS people,
        sumIf(part.3, part.2 = 'session') AS converted,
        toFloat64(countIf(part.2 = 'order')) AS orders,
        sumIf(part.3, part.2 = 'order') AS net,
        sumIf(part.4, part.2 = 'order') AS refunded,
        toFloat64(countIf(part.2 = 'payment_failed')) AS payment_failures,
        toFloat64(countIf(part.2 = 'search')) AS zero_result_searches,
        arrayReverseSort(groupArrayIf((part.4, part.5, person_key, part.3), part.2 = 'survey_response')) AS answers,
        -- The newest answer of each person comes first.
        arrayFilter((a, nth) -> nth = 1, answers, arrayEnumerateUniq(answers.3)) AS last_answers,
        arrayJoin(
        [
            ('sessions', sessions, sessions),
            ('active_people', people, people),
            ('conversion', converted, sessions),
            ('orders', orders, orders),
            ('revenue', toFloat64(site_money({site:String}, toInt64(net))), orders),
            ('payment_failures', payment_failures, payment_failures),
            ('zero_result_searches', zero_result_searches, zero_result_searches),
            ('refund_rate', if(net + refunded > 0, orders * refunded / (net + refunded), 0), orders),
            ('csat', toFloat64(arrayCount(a -> a.4 >= 4, last_answers)), toFloat64(length(last_answers)))
        ]) AS figure
    FROM
    (
        SELECT
            s.person_key AS person_key,
            toString(s.channel) AS channel,
            toString(s.device) AS device,
            toString(s.country) AS country,
            if(s.started_at < last_end, slot_of(s.started_at, zone, last_start, {grain:String}), 0) AS own_slot,
            -- (slot, what, how much, how much, id)
            arrayJoin(arrayConcat(
                if(s.active AND own_slot > 0,
                    [(own_slot, 'session', toFloat64(ifNull(o.session_key != 0 AND o.first_order <= addWeeks(toTimeZone(now_at, zone), 1 - own_slot), 0)), 0., '')], []),
                o.parts,
                e.parts)) AS part
        FROM footfall.visits(
            site = {site:String}, start = first_start - INTERVAL 48 HOUR, end = last_end, by = '') AS s
        LEFT ANY JOIN
        (
            SELECT
                session_key,
                min(at) AS first_order,
                groupArrayIf((slot, 'order', net + later, refunded - later, ''), slot > 0) AS parts
            FROM
            (
                SELECT
                    o.session_key AS session_key,
                    o.at AS at,
                    if(o.at < last_end, slot_of(o.at, zone, last_start, {grain:String}), 0) AS slot,
                    addWeeks(toTimeZone(now_at, zone), 1 - slot) AS known_at,
                    toFloat64(ifNull(o.reporting_net, 0)) AS net,
                    toFloat64(arraySum(r.refunds.2)) AS refunded,
                    toFloat64(arraySum(x -> if(x.1 > known_at, x.2, 0), r.refunds)) AS later
                FROM footfall.orders_fact AS o
                LEFT ANY JOIN
                (
                    SELECT transaction, groupArray((at, ifNull(amount, 0))) AS refunds
                    FROM footfall.refund_rows(site = {site:String}, start = first_start, end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
                    WHERE matched
                    GROUP BY transaction
                ) AS r ON r.transaction = o.transaction
                WHERE o.site = {site:String} AND NOT o.bot AND o.at >= first_start AND o.at <= now_at
            )
            GROUP BY session_key
        ) AS o ON o.session_key = s.session_key
        LEFT ANY JOIN
        (
            SELECT if(a.root_key = 0, x.session_key, a.root_key) AS own_key, groupArray((x.slot, x.event_name, x.score, x.ms, x.event_id)) AS parts
            FROM
            (
                SELECT
                    session_key,
                    slot_of(event_time, zone, last_start, {grain:String}) AS slot,
                    toString(event_name) AS event_name,
                    ifNull(score, 0) AS score,
                    toFloat64(toUnixTimestamp64Milli(event_time)) AS ms,
                    event_id
                FROM footfall.event_rows FINAL
                PREWHERE event_name IN ('payment_failed', 'search', 'survey_response')
                WHERE site = {site:String} AND event_time >= first_start AND event_time < last_end AND slot > 0
                    AND multiIf(
                        event_name = 'search', mapContains(metrics, 'search_results') AND metrics['search_results'] = 0,
                        event_name = 'survey_response', params['survey'] = 'csat' AND ifNull(score BETWEEN 1 AND 5, 0),
                        1)
            ) AS x
            LEFT ANY JOIN (SELECT cityHash64(session_id) AS session_key, cityHash64(root) AS root_key FROM footfall.session_aliases FINAL WHERE site = {site:String}) AS a
                ON a.session_key = x.session_key
            GROUP BY own_key
        ) AS e ON e.own_key = s.session_key
        -- Six days of seven are in no slot.
        WHERE own_slot > 0 OR notEmpty(o.parts) OR notEmpty(e.parts)
    )
    ARRAY JOIN [('total', ''), ('channel', channel), ('device', device), ('country', country)] AS cut
    GROUP BY slot, dimension_name, dimension
)
UNION ALL
SELECT slot, 'total', '', 'churn_rate', toFloat64(churned), toFloat64(active_at_start)
FROM footfall.churned_on_weekday(site = if({grain:String} = 'day', {site:String}, ''), day = toDate(last_start, zone))
UNION ALL
SELECT slot_of(hour, zone, last_start, {grain:String}) AS slot, 'total', '', 'rejects', toFloat64(sum(records)) AS rejected, rejected
FROM footfall.ledger_rows FINAL
WHERE site IN ({site:String}, '') AND outcome = 'rejected' AND hour >= first_start AND hour < last_end AND slot > 0
GROUP BY slot
SETTINGS do_not_merge_across_partitions_select_final = 1;
