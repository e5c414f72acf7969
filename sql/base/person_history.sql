-- Grain: one person of a site (bots out) who was there or bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: sessions that started by as_of, as they are now, with account links as they stood then; orders bought by then,
--   less the refunds that came by then, in minor units of the site's currency (without a rate: 0). sessions_90d: of the last 90 local days.
--   active_days, order_days:
--   local days, sorted, each once; orders = (at, net) in order of time.
-- Source: session_rows, visitor_accounts_at, orders_fact, later_refunds.
CREATE OR REPLACE VIEW footfall.person_history AS
WITH
    site_zone({site:String}) AS zone,
    toDate({as_of:DateTime64(3, 'UTC')}, zone) AS today
SELECT
    person_key_of(s.user_key, v.user_key, s.visitor_key) AS person_key,
    any(person_of(s.user_id, v.user_id, s.visitor_id)) AS person_id,
    minOrNullIf(s.started_at, s.active) AS first_seen,
    maxOrNullIf(s.ended_at, s.active) AS last_seen,
    countIf(s.active) AS sessions,
    countIf(s.active AND toDate(s.started_at, zone) > today - 90) AS sessions_90d,
    arraySort(groupUniqArrayIf(toDate(s.started_at, zone), s.active)) AS active_days,
    arraySort(groupArrayArray(o.orders)) AS orders,
    arrayDistinct(arrayMap(x -> toDate(x.1, zone), orders)) AS order_days
FROM
(
    SELECT session_key, visitor_id, visitor_key, user_id, user_key, started_at, ended_at, active_events > 0 AS active
    FROM footfall.session_rows FINAL
    WHERE site = {site:String} AND NOT tombstone AND empty(bot_reasons) AND started_at <= {as_of:DateTime64(3, 'UTC')}
) AS s
LEFT ANY JOIN
(
    SELECT cityHash64(visitor_id) AS visitor_key, user_id, sipHash64(user_id) AS user_key
    FROM footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
) AS v ON v.visitor_key = s.visitor_key
LEFT ANY JOIN
(
    SELECT
        f.session_key AS session_key,
        groupArray((f.at, ifNull(if(r.later = 0, f.reporting_net, toInt64(round((f.net + r.later) * f.minor_rate))), 0))) AS orders
    FROM footfall.orders_fact AS f
    LEFT ANY JOIN footfall.later_refunds(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS r
        ON r.transaction = f.transaction AND r.currency = ifNull(f.currency, '')
    WHERE f.site = {site:String} AND f.at <= {as_of:DateTime64(3, 'UTC')} AND NOT f.bot
    GROUP BY session_key
) AS o ON o.session_key = s.session_key
GROUP BY person_key
HAVING sessions > 0 OR notEmpty(orders)
SETTINGS do_not_merge_across_partitions_select_final = 1;
