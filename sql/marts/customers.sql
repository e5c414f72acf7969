-- Grain: one person who was there or bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: the profile: state, cadence, stage and risk as in person_state; r, f, m and rfm_segment as in rfm; first_channel, country, device,
--   usual_hour as in person_profile; margin, top_category, top_brand, price_band, discount_share as in person_goods; top_term, nps, csat as in
--   person_voice; tier and points_balance as in person_tiers; invited = persons who signed up by the person's invites, downstream_revenue
--   = their net revenue; p_alive, predicted_… as in predictions; consent = 'ads' or 'analytics' (what the last event that no server sent allowed);
--   profile = the account's values as of then; tags = the segments that the person is in, those of sql/segments too, by name. Money in the site's currency, averages rounded to its
--   minor unit.
-- Source: person_state, person_profile, person_goods, person_voice, person_tiers, segment_people, invited_people, scored_people, account_profiles.
CREATE OR REPLACE VIEW footfall.customers AS
SELECT
    s.person_id AS person_id,
    s.first_seen AS first_seen,
    s.last_seen AS last_seen,
    p.first_channel AS first_channel,
    p.country AS country,
    p.device AS device,
    if(p.person_id = '', NULL, p.usual_hour) AS usual_hour,
    s.sessions AS sessions,
    s.order_count AS orders,
    site_money({site:String}, s.net_revenue) AS net_revenue,
    site_money({site:String}, g.margin) AS margin,
    g.costed_orders / nullIf(g.rated_orders, 0) AS cost_coverage,
    site_money({site:String}, minor_mean(s.net_revenue, s.order_count)) AS aov,
    s.median_order_gap_days AS median_order_gap_days,
    s.own_cadence_days AS own_cadence_days,
    s.quiet_days AS quiet_days,
    g.top_category AS top_category,
    g.top_brand AS top_brand,
    g.price_band AS price_band,
    g.discount_share AS discount_share,
    w.top_term AS top_term,
    s.r AS r,
    s.f AS f,
    s.m AS m,
    rfm_segment(s.r, s.f, s.m) AS rfm_segment,
    s.stage AS stage,
    s.risk AS risk,
    site_money({site:String}, s.value_at_risk) AS value_at_risk,
    t.tier AS tier,
    t.balance AS points_balance,
    w.nps AS nps,
    w.csat AS csat,
    i.invited AS invited,
    site_money({site:String}, i.downstream) AS downstream_revenue,
    k.p_alive AS p_alive,
    k.orders_90d AS predicted_orders_90d,
    site_money({site:String}, toInt64OrNull(toString(round(k.orders_90d * k.spend)))) AS predicted_value_90d,
    if(w.consent_ads, 'ads', 'analytics') AS consent,
    v.profile AS profile,
    a.tags AS tags
FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS s
LEFT ANY JOIN footfall.person_profile(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS p ON p.person_id = s.person_id
LEFT ANY JOIN footfall.person_goods(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS g ON g.person_id = s.person_id
LEFT ANY JOIN footfall.person_voice(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS w ON w.person_id = s.person_id
LEFT ANY JOIN footfall.person_tiers(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS t ON t.person_id = s.person_id
LEFT ANY JOIN
(
    SELECT n.person_id AS person_id, count() AS invited, sum(arraySum(o -> o.2, h.orders)) AS downstream
    FROM footfall.invited_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS n
    LEFT ANY JOIN footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS h ON h.person_id = n.invited_id
    GROUP BY n.person_id
) AS i ON i.person_id = s.person_id
LEFT ANY JOIN footfall.scored_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS k ON k.person_id = s.person_id
LEFT ANY JOIN footfall.account_profiles(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.person_id = s.person_id
LEFT ANY JOIN
(
    SELECT person_id, arraySort(groupArray(segment)) AS tags
    FROM footfall.segment_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, segment = '')
    GROUP BY person_id
) AS a ON a.person_id = s.person_id
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
ORDER BY person_id;
