-- Grain: one person of a site.
-- Parameters: site String, until DateTime64(3, 'UTC') (sessions start before it).
-- Definition: first_seen = start of the person's earliest active session over all its visitors; first_session_id = that
--   session (of equal starts by visitor, not by id: ids tell what arrived first).
-- Source: visit_rows.
CREATE OR REPLACE VIEW footfall.first_visits AS
SELECT person_id, min((started_at, visitor_id, session_id)) AS first, first.1 AS first_seen, first.3 AS first_session_id
FROM footfall.visit_rows(
    site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = {until:DateTime64(3, 'UTC')})
WHERE active
GROUP BY person_id;
