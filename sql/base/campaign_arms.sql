-- Grain: one person chosen for a campaign before it began.
-- Parameters: site String, since, until Date (campaigns that overlap these days).
-- Definition: arm treated or held_out; a visitor who is known by an account since is that account (of two choices the first, then
--   held_out). starts, ends = first instant of the plan's first local day, and of the day after its last. Who was chosen after the
--   start is left out: that choice may have followed what they did.
-- Source: campaign_people, campaign_plans, visitor_accounts.
CREATE OR REPLACE VIEW footfall.campaign_arms AS
SELECT
    c.campaign AS campaign,
    person_of('', if(startsWith(c.person_id, 'u:'), substring(c.person_id, 3), v.user_id), substring(c.person_id, 3)) AS person_id,
    argMin(toString(c.arm), (c.at, c.arm)) AS arm,
    min(c.at) AS chosen_at,
    any(day_start(p.since, site_zone({site:String}))) AS starts,
    any(day_start(p.until + 1, site_zone({site:String}))) AS ends
FROM (SELECT * FROM footfall.campaign_people FINAL WHERE site = {site:String}) AS c
INNER JOIN
(
    SELECT * FROM footfall.campaign_plans FINAL
    WHERE site = {site:String} AND campaign_plans.since <= {until:Date} AND campaign_plans.until >= {since:Date}
) AS p ON p.campaign = c.campaign
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_id = substring(c.person_id, 3)
WHERE c.at <= day_start(p.since, site_zone({site:String}))
GROUP BY campaign, person_id;
