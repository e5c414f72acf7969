-- Grain: one person of person_state.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: tags = the segments that every shop has and the person is in (they may overlap): potential: no order, an item viewed in the
--   last 30 days; new: first order in the last 30 days; active: quiet at most dormant_after; dormant: its stage; at_risk: risk watch or
--   high; high_value: m = 5; core: active and ≥ 3 orders in 365 days, or invited ≥ 3 persons who bought; vip: core and high_value. Persons by
--   account links as of then.
-- Source: person_state, session_rows, visitor_accounts_at, invited_people.
CREATE OR REPLACE VIEW footfall.person_tags AS
SELECT
    p.person_id AS person_id,
    p.net_revenue AS net_revenue,
    p.order_count AS order_count,
    arrayFilter(t -> t != '', [
        if(p.order_count = 0 AND v.person_id != '', 'potential', ''),
        if(ifNull(p.first_order_at >= {as_of:DateTime64(3, 'UTC')} - INTERVAL 30 DAY, 0), 'new', ''),
        if(ifNull(p.quiet_days <= p.dormant_after, 0), 'active', ''),
        if(p.stage = 'dormant', 'dormant', ''),
        if(ifNull(p.risk IN ('watch', 'high'), 0), 'at_risk', ''),
        if(ifNull(p.m = 5, 0), 'high_value', ''),
        if(is_core, 'core', ''),
        if(is_core AND ifNull(p.m = 5, 0), 'vip', '')]) AS tags,
    (ifNull(p.quiet_days <= p.dormant_after, 0) AND arrayCount(o -> o.1 > {as_of:DateTime64(3, 'UTC')} - INTERVAL 365 DAY, p.orders) >= 3)
        OR i.invited_buyers >= 3 AS is_core
FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS p
LEFT ANY JOIN
(
    SELECT DISTINCT person_of(w.user_id, l.user_id, w.visitor_id) AS person_id
    FROM
    (
        SELECT visitor_id, user_id
        FROM footfall.session_rows FINAL
        WHERE site = {site:String} AND NOT tombstone AND empty(bot_reasons) AND has(event_names, 'view_item')
            AND started_at >= {as_of:DateTime64(3, 'UTC')} - INTERVAL 30 DAY AND started_at <= {as_of:DateTime64(3, 'UTC')}
            AND id_time >= {as_of:DateTime64(3, 'UTC')} - INTERVAL 30 DAY AND id_time <= {as_of:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
    ) AS w
    LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS l ON l.visitor_id = w.visitor_id
) AS v ON v.person_id = p.person_id
LEFT ANY JOIN
(
    SELECT n.person_id AS person_id, uniqExact(n.invited_id) AS invited_buyers
    FROM footfall.invited_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS n
    WHERE n.invited_id IN
    (
        SELECT person_id FROM footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) WHERE notEmpty(orders)
    )
    GROUP BY n.person_id
) AS i ON i.person_id = p.person_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
