-- Grain: one tier of the loyalty scheme with members ('' below the lowest).
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: members = persons with points; earned, redeemed, expired, balance = points up to as_of; liability = balance × the site's
--   point_value, in its currency; redemption_rate = redeemed / earned. repeat_rate = members with two orders or more / those with one;
--   aov = their net revenue / orders. sessions = theirs in the last 90 local days, sessions_90d = a member; retained_90d = share with one of
--   those first seen before. _matched: of non-members alike: the mean over the members' cells of stage and fifth of net revenue 90
--   days ago and before (whole site), weighted by members; NULL where no cell has a non-member: not a controlled comparison, as
--   comparison says.
-- Source: person_tiers, person_state.
CREATE OR REPLACE VIEW footfall.loyalty AS
WITH
    toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String})) AS today
SELECT
    tier,
    count() AS members,
    sum(x.earned) AS earned,
    sum(x.redeemed) AS redeemed,
    sum(x.expired) AS expired,
    sum(x.balance) AS balance,
    site_money({site:String}, balance * site_point_value({site:String})) AS liability,
    redeemed / nullIf(earned, 0) AS redemption_rate,
    countIf(x.order_count > 1) / nullIf(countIf(x.order_count > 0), 0) AS repeat_rate,
    site_money({site:String}, minor_mean(sum(x.net_revenue), sum(x.order_count))) AS aov,
    sum(x.sessions_90d) AS sessions,
    sessions / members AS sessions_90d,
    avgOrNullIf(x.kept, x.was_there) AS retained_90d,
    avgOrNullIf(x.cell_sessions, x.cell_people > 0) AS sessions_90d_matched,
    avgOrNullIf(x.cell_kept, x.was_there AND isFinite(x.cell_kept)) AS retained_90d_matched,
    'not a controlled comparison' AS comparison
FROM
(
    SELECT
        *,
        countIf(NOT member) OVER cell AS cell_people,
        avgIf(sessions_90d, NOT member) OVER cell AS cell_sessions,
        avgIf(kept, NOT member AND was_there) OVER cell AS cell_kept
    FROM
    (
        SELECT
            s.person_id,
            t.person_id != '' AS member,
            t.tier AS tier, t.earned AS earned, t.redeemed AS redeemed, t.expired AS expired, t.balance AS balance,
            s.order_count AS order_count,
            s.net_revenue AS net_revenue,
            s.stage AS stage,
            s.sessions_90d AS sessions_90d,
            ifNull(toDate(s.first_seen, site_zone({site:String})) <= today - 90, 0) AS was_there,
            toFloat64(s.sessions_90d > 0) AS kept,
            arraySum(o -> if(toDate(o.1, site_zone({site:String})) <= today - 90, o.2, 0), s.orders) AS past_spend,
            intDiv(5 * (rank() OVER (ORDER BY past_spend) - 1), count() OVER ()) AS spend_fifth
        FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS s
        LEFT ANY JOIN footfall.person_tiers(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS t ON t.person_id = s.person_id
    )
    WINDOW cell AS (PARTITION BY stage, spend_fifth)
) AS x
WHERE x.member AND (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
GROUP BY tier
ORDER BY tier;
