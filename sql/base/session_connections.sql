-- Grain: one session whose events name a connection.
-- Parameters: site String, start, end DateTime64(3, 'UTC') (of the sessions' starts).
-- Definition: connection = the first params.connection of its events.
-- Source: event_rows, session_aliases.
CREATE OR REPLACE VIEW footfall.session_connections AS
SELECT if(a.root_key = 0, e.session_key, a.root_key) AS session_key, argMin(e.connection, e.at) AS connection
FROM
(
    SELECT session_key, params['connection'] AS connection, (event_time, event_id) AS at
    FROM footfall.event_rows
    WHERE site = {site:String} AND params['connection'] != ''
        AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
) AS e
LEFT ANY JOIN (SELECT cityHash64(session_id) AS session_key, cityHash64(root) AS root_key FROM footfall.session_aliases FINAL WHERE site = {site:String}) AS a
    ON a.session_key = e.session_key
GROUP BY session_key;
