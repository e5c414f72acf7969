-- Grain: one session whose events name a connection.
-- Parameters: site String, start, end DateTime64(3, 'UTC') (of the sessions' starts), by String (any but connection: nothing is read).
-- Definition: connection = the first params.connection of its events.
-- Source: event_rows, session_aliases.
CREATE OR REPLACE VIEW footfall.session_connections AS
SELECT if(a.root = '', e.session_id, a.root) AS session_id, argMin(e.connection, e.at) AS connection
FROM
(
    SELECT session_id, params['connection'] AS connection, (event_time, event_id) AS at
    FROM footfall.event_rows
    WHERE {by:String} = 'connection' AND site = {site:String} AND params['connection'] != ''
        AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
) AS e
LEFT ANY JOIN (SELECT session_id, root FROM footfall.session_aliases FINAL WHERE site = {site:String}) AS a ON a.session_id = e.session_id
GROUP BY session_id;
