-- Grain: one session id, absorbed ids included, of a visitor with several accounts, whose session carries one.
-- Definition: user_id = the session's own (its last event's that has one), user_key as in visitor_accounts; raw_session_id, raw_session_key =
--   as event_rows may carry it. For all other sessions the visitor's account is the session's, so that events need no join with sessions.
-- Source: session_rows, session_aliases, shared_visitors.
CREATE OR REPLACE VIEW footfall.shared_session_accounts AS
SELECT
    site,
    arrayJoin(arrayConcat([s.session_id], a.absorbed)) AS raw_session_id,
    cityHash64(raw_session_id) AS raw_session_key,
    user_id,
    sipHash64(user_id) AS user_key
FROM
(
    SELECT site, session_id, user_id
    FROM footfall.session_rows FINAL
    WHERE user_id != '' AND NOT tombstone
        AND (site, visitor_id) IN (SELECT site, visitor_id FROM footfall.shared_visitors)
) AS s
LEFT ANY JOIN
(
    SELECT root, groupArray(session_id) AS absorbed FROM footfall.session_aliases FINAL GROUP BY root
) AS a ON a.root = s.session_id;
