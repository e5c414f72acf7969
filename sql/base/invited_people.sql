-- Grain: one person who invited × person who came by it, by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: the invited signed up with the code of an invite of the other's at most 14 days (end in) after it. Persons by their
--   visitors' accounts as of then. (From the events themselves, so that segments, which dimensions rest on, can read it.)
-- Source: event_rows, visitor_accounts_at, bot_sessions.
CREATE OR REPLACE VIEW footfall.invited_people AS
SELECT DISTINCT i.person_id AS person_id, j.person_id AS invited_id
FROM
(
    SELECT e.group_id AS code, person_of(e.user_id, v.user_id, e.visitor_id) AS person_id, e.event_time AS at
    FROM footfall.event_rows AS e
    LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = e.visitor_id
    WHERE e.site = {site:String} AND e.event_name = 'invite' AND e.group_id != '' AND e.event_time <= {as_of:DateTime64(3, 'UTC')}
        AND e.session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
) AS i
INNER JOIN
(
    SELECT e.group_id AS code, person_of(e.user_id, v.user_id, e.visitor_id) AS person_id, e.event_time AS at
    FROM footfall.event_rows AS e
    LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = e.visitor_id
    WHERE e.site = {site:String} AND e.event_name = 'sign_up' AND e.group_id != '' AND e.event_time <= {as_of:DateTime64(3, 'UTC')}
        AND e.session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
) AS j ON j.code = i.code
WHERE j.person_id != i.person_id AND j.at >= i.at AND j.at <= i.at + INTERVAL 14 DAY;
