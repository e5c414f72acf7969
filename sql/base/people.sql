-- Grain: one person with an active session: an account with all its visitors, or a visitor without one.
-- Definition: a session's person is its own account, else the one its visitor was last known by, else the visitor. first_seen
--   = start of the earliest, last_seen = end of the latest, sessions = number of active sessions. Bots are out.
-- Source: session_facts, visitor_accounts.
CREATE OR REPLACE VIEW footfall.people AS
SELECT
    s.site AS site,
    person_of(s.user_id, v.user_id, s.visitor_id) AS person_id,
    arraySort(groupUniqArray(s.visitor_id)) AS visitor_ids,
    min(s.started_at) AS first_seen,
    max(s.ended_at) AS last_seen,
    count() AS sessions
FROM footfall.session_facts AS s
LEFT ANY JOIN footfall.visitor_accounts AS v ON v.site = s.site AND v.visitor_id = s.visitor_id
WHERE s.active AND NOT s.bot
GROUP BY site, person_id;
