-- Grain: one visitor that ever carried an account.
-- Definition: user_id = that of the visitor's last event with one, by (event_time, event_id); user_key stands for it in person_key_of.
-- Source: account_rows.
CREATE OR REPLACE VIEW footfall.visitor_accounts AS
SELECT site, visitor_id, cityHash64(visitor_id) AS visitor_key, user_id, sipHash64(user_id) AS user_key
FROM footfall.account_rows
-- In the order of the table, where a GROUP BY would look each visitor up.
ORDER BY site, visitor_id, last DESC
LIMIT 1 BY site, visitor_id;
