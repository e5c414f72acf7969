-- Grain: one session key, absorbed ones included, of a session of a person (bots out) that starts in [start, end) and goes over a local midnight.
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: what is counted at its events' own time cannot be taken from its sums.
-- Source: session_rows, session_aliases.
CREATE OR REPLACE VIEW footfall.crossing_sessions AS
SELECT arrayJoin(arrayConcat([s.session_key], a.absorbed)) AS raw_session_key
FROM
(
    SELECT session_key
    FROM footfall.session_rows FINAL
    WHERE site = {site:String} AND NOT tombstone AND empty(bot_reasons)
        AND started_at >= {start:DateTime64(3, 'UTC')} AND started_at < {end:DateTime64(3, 'UTC')}
        AND id_time >= {start:DateTime64(3, 'UTC')} AND id_time < {end:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
        AND toDate(started_at, site_zone({site:String})) != toDate(ended_at, site_zone({site:String}))
    SETTINGS do_not_merge_across_partitions_select_final = 1
) AS s
LEFT ANY JOIN
(
    SELECT cityHash64(root) AS root_key, groupArray(cityHash64(session_id)) AS absorbed
    FROM footfall.session_aliases FINAL
    WHERE site = {site:String}
    GROUP BY root
) AS a ON a.root_key = s.session_key;
