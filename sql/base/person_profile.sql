-- Grain: one person with a session that started by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: first_channel: of the first active session; country, device: of the last that has one; usual_hour = the local hour in which most
--   active sessions start (of equals the earliest). Persons by account links as of then.
-- Source: session_facts, visitor_accounts_at.
CREATE OR REPLACE VIEW footfall.person_profile AS
SELECT
    person_of(s.user_id, v.user_id, s.visitor_id) AS person_id,
    argMin(toString(s.channel), visit_place(s.started_at, cityHash64(s.visitor_id))) AS first_channel,
    argMaxIf(toString(s.country), visit_place(s.started_at, cityHash64(s.visitor_id)), s.country != '') AS country,
    argMaxIf(toString(s.device), visit_place(s.started_at, cityHash64(s.visitor_id)), s.device != '') AS device,
    groupArray(toHour(s.started_at, site_zone({site:String}))) AS hours,
    -- How often and how early in one number.
    toUInt8(23 - arrayMax(h -> countEqual(hours, h) * 24 + 23 - h, hours) % 24) AS usual_hour
FROM
(
    SELECT * FROM footfall.session_facts
    WHERE site = {site:String} AND active AND NOT bot AND started_at <= {as_of:DateTime64(3, 'UTC')}
) AS s
LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = s.visitor_id
GROUP BY person_id;
