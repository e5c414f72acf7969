-- Grain: one period × mechanism (invite, group_buy, share), gap-free to the earlier of until and as_of.
-- Parameters: site String, since, until Date (local days of the invite, both in), grain String (day, week, month).
-- Definition: invites = invites sent, group buys opened, or shares; inviters = their persons. accepted = other persons who signed up
--   with the code within 14 days (invite), who joined the group (group_buy), or who came by the shared link, in sessions that start in
--   the period (share). accept_rate = accepted / invites; k_factor = accepted / accounts with an active session in the period;
--   cycle_hours = median from invite to acceptance; both NULL until the period's 14 days have passed (mature; share: at the
--   period's end). retained_30d: of the accepted persons whose 30th local day after acceptance has ended, those active on it.
--   opened, filled (as many persons, the opener in, as its size), fill_rate of group buys. share_sessions, share_orders = active
--   sessions that landed by a shared link, and orders in them. reward_cost = plans of kind reward, on their first day, all under invite, in
--   the site's currency; NULL without a rate. comparison: nobody was held out, so none of this says what invitations brought.
-- Source: invitations, visit_events, visit_rows, site_orders, plan_costs, as_of.
CREATE OR REPLACE VIEW footfall.referrals AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    period,
    toDateTime(period, zone) AS at,
    mechanism,
    toUInt8(toDateTime(least(period_add(period, {grain:String}, 1), {until:Date} + 1), zone) + toIntervalDay(if(mechanism = 'share', 0, 14)) <= now) AS mature,
    sum(x.invites) AS invites,
    sum(x.inviters) AS inviters,
    sum(x.accepted) AS accepted,
    if(mature, accepted / nullIf(invites, 0), NULL) AS accept_rate,
    if(mature, accepted / nullIf(any(a.accounts), 0), NULL) AS k_factor,
    if(mature, arrayReduce('quantileExactInclusiveOrNull(0.5)', groupArrayArray(x.cycles)), NULL) AS cycle_hours,
    site_money({site:String}, if(mechanism = 'invite' AND max(x.unrated) = 0, sum(x.reward), NULL)) AS reward_cost,
    sum(x.stayed) / nullIf(sum(x.stay_eligible), 0) AS retained_30d,
    sumIf(x.invites, mechanism = 'group_buy') AS opened,
    sum(x.filled) AS filled,
    filled / nullIf(opened, 0) AS fill_rate,
    sum(x.share_sessions) AS share_sessions,
    sum(x.share_orders) AS share_orders,
    'not a controlled comparison' AS comparison
FROM
(
    SELECT
        period_start(toDate(i.at, zone), {grain:String}) AS period,
        i.mechanism AS mechanism,
        count() AS invites,
        uniqExact(i.person_id) AS inviters,
        sum(length(i.accepted)) AS accepted,
        groupArrayArray(arrayMap(p -> dateDiff('millisecond', i.at, p.2) / 3600000, i.accepted)) AS cycles,
        sum(arrayCount(p -> day_start(toDate(p.2, zone) + 31, zone) <= now, i.accepted)) AS stay_eligible,
        sum(arrayCount((p, d) -> day_start(toDate(p.2, zone) + 31, zone) <= now AND has(d, toDate(p.2, zone) + 30), i.accepted, i.days)) AS stayed,
        countIf(i.mechanism = 'group_buy' AND i.size > 0 AND length(i.accepted) + 1 >= i.size) AS filled,
        toUInt64(0) AS share_sessions, toUInt64(0) AS share_orders, toInt64(0) AS reward, 0 AS unrated
    FROM
    (
        SELECT *, arrayMap(p -> active_days.days[p.1], accepted) AS days
        FROM footfall.invitations(site = {site:String}, start = start, end = end)
        CROSS JOIN
        (
            SELECT mapFromArrays(groupArray(person_id), groupArray(own)) AS days
            FROM
            (
                SELECT person_id, groupUniqArray(toDate(started_at, zone)) AS own
                FROM footfall.visit_rows(site = {site:String}, start = start + INTERVAL 29 DAY, end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
                WHERE active AND person_id IN
                (
                    SELECT arrayJoin(accepted).1 FROM footfall.invitations(site = {site:String}, start = start, end = end)
                )
                GROUP BY person_id
            )
        ) AS active_days
    ) AS i
    GROUP BY period, mechanism
    UNION ALL
    SELECT period_start(toDate(event_time, zone), {grain:String}) AS period, 'share', count(), uniqExact(person_id), 0, [], 0, 0, 0, 0, 0, 0, 0
    FROM footfall.visit_events(site = {site:String}, start = start, end = end, names = ['share'], by = '')
    GROUP BY period
    UNION ALL
    SELECT
        period_start(toDate(v.started_at, zone), {grain:String}) AS period, 'share', 0, 0, uniqExactIf(v.person_id, v.person_id != h.person_id), [], 0, 0, 0,
        count(), sum(o.orders), 0, 0
    FROM
    (
        SELECT session_id, person_id, started_at, extractURLParameter(landing_page, 'share_id') AS share_id
        FROM footfall.visit_rows(site = {site:String}, start = start, end = end)
        WHERE active AND share_id != ''
    ) AS v
    LEFT ANY JOIN
    (
        SELECT params['share_id'] AS share_id, person_id
        FROM footfall.visit_events(site = {site:String}, start = start - INTERVAL 365 DAY, end = end, names = ['share'], by = '')
    ) AS h ON h.share_id = v.share_id
    LEFT ANY JOIN (SELECT session_id, count() AS orders FROM footfall.site_orders(site = {site:String}) GROUP BY session_id) AS o ON o.session_id = v.session_id
    GROUP BY period
    UNION ALL
    SELECT period_start(plans.since, {grain:String}) AS period, 'invite', 0, 0, 0, [], 0, 0, 0, 0, 0, sum(ifNull(plans.cost, 0)), toUInt8(countIf(plans.cost IS NULL) > 0)
    FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = 'reward') AS plans
    WHERE plans.since BETWEEN {since:Date} AND {until:Date}
    GROUP BY period
    UNION ALL
    -- The periods in which nothing happened.
    SELECT
        arrayJoin(period_list({since:Date}, least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)), {grain:String})) AS period,
        arrayJoin(['invite', 'group_buy', 'share']), 0, 0, 0, [], 0, 0, 0, 0, 0, 0, 0
) AS x
LEFT ANY JOIN
(
    SELECT period_start(toDate(started_at, zone), {grain:String}) AS period, uniqExact(person_id) AS accounts
    FROM footfall.visit_rows(site = {site:String}, start = start, end = end)
    WHERE active AND startsWith(person_id, 'u:')
    GROUP BY period
) AS a ON a.period = x.period
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = '')) = 0
GROUP BY x.period AS period, mechanism
ORDER BY period, mechanism;
