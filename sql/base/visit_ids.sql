-- Grain: one session key, absorbed ones included, of a session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: raw_session_key = as event_rows may carry it; the rest is of the session that it is part of now.
-- Source: visits, session_aliases.
CREATE OR REPLACE VIEW footfall.visit_ids AS
SELECT
    arrayJoin(arrayConcat([s.session_key], a.absorbed)) AS raw_session_key,
    s.session_key AS session_key,
    s.session_id AS session_id,
    s.person_id AS person_id,
    s.person_key AS person_key,
    s.dimension AS dimension,
    s.started_at AS started_at,
    s.ended_at AS ended_at,
    s.active AS active,
    s.engaged AS engaged,
    s.event_names AS event_names,
    s.exit_path AS exit_path
FROM footfall.visits(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}, by = {by:String}) AS s
LEFT ANY JOIN
(
    SELECT cityHash64(root) AS root_key, groupArray(cityHash64(session_id)) AS absorbed
    FROM footfall.session_aliases FINAL
    WHERE site = {site:String}
    GROUP BY root
) AS a ON a.root_key = s.session_key;
