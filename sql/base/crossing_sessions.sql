-- Grain: one session key, absorbed ones included, of a session of a person (bots out) that starts in [start, end) and goes over a local midnight.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: what is counted at its events' own time cannot be taken from its sums; dimension = the session's.
-- Source: visits, session_aliases.
CREATE OR REPLACE VIEW footfall.crossing_sessions AS
SELECT arrayJoin(arrayConcat([s.session_key], a.absorbed)) AS raw_session_key, s.dimension AS dimension
FROM
(
    SELECT session_key, dimension
    FROM footfall.visits(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}, by = {by:String})
    WHERE toDate(started_at, site_zone({site:String})) != toDate(ended_at, site_zone({site:String}))
) AS s
LEFT ANY JOIN
(
    SELECT cityHash64(root) AS root_key, groupArray(cityHash64(session_id)) AS absorbed
    FROM footfall.session_aliases FINAL
    WHERE site = {site:String}
    GROUP BY root
) AS a ON a.root_key = s.session_key;
