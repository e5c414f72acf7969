-- Grain: one visitor that ever carried several accounts.
-- Definition: visitors with a second row in account_rows; until it is merged also those whose one account stands there twice, whose sessions
--   carry that account, so that it makes no difference.
-- Source: account_rows.
CREATE OR REPLACE VIEW footfall.shared_visitors AS
SELECT site, visitor_id, cityHash64(visitor_id) AS visitor_key
FROM footfall.account_rows
-- Those with a second row, in the order of the table.
ORDER BY site, visitor_id
LIMIT 1 OFFSET 1 BY site, visitor_id;
