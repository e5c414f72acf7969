-- Grain: one visitor that ever carried an account.
-- Definition: user_id = that of the visitor's last event with one, by (event_time, event_id); shared = more than one
--   account was seen, so that each session's own account decides.
-- Source: account_rows.
CREATE OR REPLACE VIEW footfall.visitor_accounts AS
SELECT site, visitor_id, argMax(r.user_id, r.last) AS user_id, uniqExact(r.user_id) > 1 AS shared
FROM footfall.account_rows AS r
GROUP BY site, visitor_id;
