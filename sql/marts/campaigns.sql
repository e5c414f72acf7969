-- Grain: one campaign plan that overlaps the period.
-- Parameters: site String, since, until Date (both in).
-- Definition: all of the plan's whole days. spend = its cost + ad_costs of its name on them. participants = persons with an active session of the
--   campaign; reached = those and who was sent one of its messages; participation_rate = participants / reached. sessions; orders, revenue
--   (net) = bought in them; new_customers = whose first order is one of those. attained = what the goal counts / target (goal
--   revenue: minor units). site_revenue against baseline (the same days, shifted back by whole weeks): of the whole site, apart from the
--   attributed. revenue_after = the site's on as many days after, pull_forward = baseline − revenue_after. kept_30d, kept_90d: active in so many
--   days after the end, of brought (participants first seen in a session of it) and of there (the other participants). effect = net
--   revenue a person on its days, treated − held out (chosen before it began), with Welch's 95 % interval; where there are not both
--   arms comparison says so. NULL until the time has passed; mature = it has ended. Money in the site's currency.
-- Source: plan_costs, costs, visit_rows, visit_events, site_orders, first_visits, campaign_arms, as_of.
CREATE OR REPLACE VIEW footfall.campaigns AS
WITH
    site_zone({site:String}) AS zone,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    p.campaign AS campaign,
    p.kind AS kind,
    p.since AS since,
    p.until AS until,
    toUInt8(ends <= now) AS mature,
    site_money({site:String}, p.cost + a.cost) AS spend,
    p.goal AS goal,
    p.target AS target,
    multiIf(
        p.target = 0, NULL,
        p.goal = 'orders', u.orders / p.target,
        p.goal = 'revenue', u.net / p.target,
        p.goal = 'new_customers', u.new_customers / p.target,
        p.goal = 'participants', u.participants / p.target,
        NULL) AS attained,
    u.reached AS reached,
    u.participants AS participants,
    participants / nullIf(reached, 0) AS participation_rate,
    u.sessions AS sessions,
    u.new_customers AS new_customers,
    u.orders AS orders,
    site_money({site:String}, u.net) AS revenue,
    site_money({site:String}, w.during) AS site_revenue,
    site_money({site:String}, w.before) AS baseline,
    site_money({site:String}, if(ends + toIntervalDay(days) <= now, w.after, NULL)) AS revenue_after,
    site_money({site:String}, if(ends + toIntervalDay(days) <= now, w.before - w.after, NULL)) AS pull_forward,
    if(ends + INTERVAL 30 DAY <= now, u.brought_kept_30 / nullIf(u.brought, 0), NULL) AS kept_30d_brought,
    if(ends + INTERVAL 90 DAY <= now, u.brought_kept_90 / nullIf(u.brought, 0), NULL) AS kept_90d_brought,
    if(ends + INTERVAL 30 DAY <= now, u.there_kept_30 / nullIf(u.participants - u.brought, 0), NULL) AS kept_30d_there,
    if(ends + INTERVAL 90 DAY <= now, u.there_kept_90 / nullIf(u.participants - u.brought, 0), NULL) AS kept_90d_there,
    if(e.treated > 0 AND e.held_out > 0, 'treated - held out', 'not a controlled comparison') AS comparison,
    e.treated AS treated,
    e.held_out AS held_out,
    if(ends <= now AND e.treated > 0 AND e.held_out > 0, e.mean_t - e.mean_h, NULL) / units AS effect,
    effect - t_critical(0.05, e.degrees) * e.error / units AS effect_low,
    effect + t_critical(0.05, e.degrees) * e.error / units AS effect_high
FROM
(
    SELECT
        *,
        exp10(currency_exponent(site_currency({site:String}))) AS units,
        day_start(until + 1, zone) AS ends,
        toUInt64(until - since + 1) AS days
    FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = '')
    WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = '')) = 0
) AS p
LEFT ANY JOIN
(
    SELECT q.campaign AS campaign, sum(ifNull(c.cost, 0)) AS cost
    FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = '') AS q
    INNER JOIN footfall.costs(site = {site:String}, since = toDate('1970-01-03'), until = toDate('2149-01-01'), by = '') AS c ON c.campaign = q.campaign
    WHERE c.day BETWEEN q.since AND q.until
    GROUP BY q.campaign
) AS a ON a.campaign = p.campaign
LEFT ANY JOIN
(
    SELECT
        campaign,
        uniqExact(person_id) AS reached,
        uniqExactIf(person_id, came > 0) AS participants,
        sum(came) AS sessions,
        sum(bought) AS orders,
        sum(person_net) AS net,
        countIf(first_bought) AS new_customers,
        countIf(is_brought) AS brought,
        countIf(is_brought AND kept_30) AS brought_kept_30, countIf(is_brought AND kept_90) AS brought_kept_90,
        countIf(came > 0 AND NOT is_brought AND kept_30) AS there_kept_30, countIf(came > 0 AND NOT is_brought AND kept_90) AS there_kept_90
    FROM
    (
        SELECT
            t.campaign AS campaign,
            t.person_id AS person_id,
            countIf(t.session_id != '') AS came,
            sum(o.orders) AS bought,
            sum(o.net) AS person_net,
            max(o.has_first) > 0 AS first_bought,
            max(t.place IN (
                SELECT first_place FROM footfall.first_visits(site = {site:String}, until = toDateTime64('2100-01-02 00:00:00', 3, 'UTC')))) AS is_brought,
            arrayExists(d -> d >= any(t.ends) AND d < any(t.ends) + INTERVAL 30 DAY, any(l.times)) AS kept_30,
            arrayExists(d -> d >= any(t.ends) AND d < any(t.ends) + INTERVAL 90 DAY, any(l.times)) AS kept_90
        FROM
        (
            SELECT q.campaign AS campaign, s.person_id AS person_id, s.session_id AS session_id, s.place AS place, day_start(q.until + 1, zone) AS ends
            FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = '') AS q
            INNER JOIN
            (
                SELECT toString(campaign) AS campaign, person_id, session_id, visit_place(started_at, visitor_key) AS place, started_at AS at
                FROM footfall.visit_rows(
                    site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
                WHERE active AND campaign != ''
                UNION ALL
                SELECT toString(campaign) AS campaign, person_id, '' AS session_id, toUInt128(0) AS place, event_time AS at
                FROM footfall.visit_events(
                    site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC') + INTERVAL 48 HOUR, end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'),
                    names = ['message_sent', 'message_delivered'], by = '')
                WHERE campaign != ''
            ) AS s ON s.campaign = q.campaign
            WHERE s.at >= day_start(q.since, zone) AND s.at < day_start(q.until + 1, zone)
        ) AS t
        LEFT ANY JOIN
        (
            SELECT session_id, count() AS orders, sum(ifNull(net, 0)) AS net, max(number = 1) AS has_first
            FROM footfall.site_orders(site = {site:String}) GROUP BY session_id
        ) AS o ON o.session_id = t.session_id
        LEFT ANY JOIN
        (
            SELECT person_id, groupArray(started_at) AS times
            FROM footfall.visit_rows(
                site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
            WHERE active
            GROUP BY person_id
        ) AS l ON l.person_id = t.person_id
        GROUP BY t.campaign, t.person_id
    )
    GROUP BY campaign
) AS u ON u.campaign = p.campaign
LEFT ANY JOIN
(
    SELECT
        q.campaign AS campaign,
        sumIf(ifNull(o.net, 0), o.day BETWEEN q.since AND q.until) AS during,
        sumIf(ifNull(o.net, 0), o.day BETWEEN q.since - back AND q.until - back) AS before,
        sumIf(ifNull(o.net, 0), o.day > q.until AND o.day <= q.until + (q.until - q.since + 1)) AS after
    FROM
    (
        SELECT *, 7 * intDiv(until - since + 1 + 6, 7) AS back
        FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = '')
    ) AS q
    CROSS JOIN (SELECT day, net FROM footfall.site_orders(site = {site:String})) AS o
    GROUP BY q.campaign
) AS w ON w.campaign = p.campaign
LEFT ANY JOIN
(
    SELECT *, difference_error(treated, variance_t, held_out, variance_h) AS error, welch_degrees(treated, variance_t, held_out, variance_h) AS degrees
    FROM
    (
        SELECT
            campaign,
            countIf(arm = 'treated') AS treated, countIf(arm = 'held_out') AS held_out,
            avgOrNullIf(net, arm = 'treated') AS mean_t, avgOrNullIf(net, arm = 'held_out') AS mean_h,
            varSampStableIf(net, arm = 'treated') AS variance_t, varSampStableIf(net, arm = 'held_out') AS variance_h
        FROM
        (
            SELECT c.campaign AS campaign, c.arm AS arm, toFloat64(arraySum(x -> if(x.1 >= c.starts AND x.1 < c.ends, x.2, 0), o.orders)) AS net
            FROM footfall.campaign_arms(site = {site:String}, since = {since:Date}, until = {until:Date}) AS c
            LEFT ANY JOIN
            (
                SELECT person_id, groupArray((at, ifNull(net, 0))) AS orders FROM footfall.site_orders(site = {site:String}) GROUP BY person_id
            ) AS o ON o.person_id = c.person_id
        )
        GROUP BY campaign
    )
) AS e ON e.campaign = p.campaign
ORDER BY since, campaign;
