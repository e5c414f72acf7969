-- Grain: one person with points, by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: earned, redeemed, expired = sums of the points of its events up to as_of; balance = earned − redeemed − expired. gains:
--   (at, points) of what was earned, for windows. Persons by their visitors' accounts as of then.
-- Source: event_rows, visitor_accounts_at, bot_sessions.
CREATE OR REPLACE VIEW footfall.person_points AS
SELECT
    person_of(e.user_id, v.user_id, e.visitor_id) AS person_id,
    sumIf(e.points, e.event_name = 'earn_points') AS earned,
    sumIf(e.points, e.event_name = 'redeem_points') AS redeemed,
    sumIf(e.points, e.event_name = 'expire_points') AS expired,
    earned - redeemed - expired AS balance,
    groupArrayIf((e.event_time, e.points), e.event_name = 'earn_points') AS gains
FROM
(
    SELECT user_id, visitor_id, event_name, event_time, points
    FROM footfall.event_rows FINAL
    PREWHERE event_name IN ('earn_points', 'redeem_points', 'expire_points')
    WHERE site = {site:String}
        AND event_time <= {as_of:DateTime64(3, 'UTC')}
        AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
) AS e
LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = e.visitor_id
GROUP BY person_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
