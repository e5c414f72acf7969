-- Grain: one visitor that ever carried an account.
-- Definition: user_id = that of the visitor's last event with one, by (event_time, event_id); user_key stands for it in person_key_of;
--   shared = more than one account was seen, so that each session's own account decides.
-- Source: account_rows.
CREATE OR REPLACE VIEW footfall.visitor_accounts AS
SELECT
    site,
    visitor_id,
    cityHash64(visitor_id) AS visitor_key,
    argMax(r.user_id, r.last) AS user_id,
    sipHash64(argMax(r.user_id, r.last)) AS user_key,
    uniqExact(r.user_id) > 1 AS shared
FROM footfall.account_rows AS r
GROUP BY site, visitor_id;
