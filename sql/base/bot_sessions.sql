-- Grain: one session id of a bot, absorbed ids included.
-- Definition: raw_session_id, raw_session_key = as event_rows may carry it; bots are sessions with bot_reasons.
-- Source: session_rows, session_aliases.
CREATE OR REPLACE VIEW footfall.bot_sessions AS
SELECT
    site,
    arrayJoin(arrayConcat([s.session_id], a.absorbed)) AS raw_session_id,
    cityHash64(raw_session_id) AS raw_session_key
FROM
(
    SELECT site, session_id FROM footfall.session_rows FINAL WHERE notEmpty(bot_reasons) AND NOT tombstone
) AS s
LEFT ANY JOIN
(
    SELECT root, groupArray(session_id) AS absorbed FROM footfall.session_aliases FINAL GROUP BY root
) AS a ON a.root = s.session_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
