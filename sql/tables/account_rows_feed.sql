-- Fills `account_rows` from every insert into event_rows.
CREATE MATERIALIZED VIEW IF NOT EXISTS footfall.account_rows_feed TO footfall.account_rows AS
SELECT site, visitor_id, user_id, min((event_time, event_id)) AS first, max((event_time, event_id)) AS last
FROM footfall.event_rows
WHERE user_id != ''
GROUP BY site, visitor_id, user_id;
