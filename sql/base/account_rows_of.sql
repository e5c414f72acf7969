-- Grain: one visitor that may be part of a person.
-- Parameters: site String, person String.
-- Definition: the visitor itself, or every visitor that ever carried the account: so few that reading their events is a look-up.
-- Source: account_rows.
CREATE OR REPLACE VIEW footfall.account_rows_of AS
SELECT visitor_id FROM footfall.account_rows WHERE site = {site:String} AND startsWith({person:String}, 'u:') AND user_id = substring({person:String}, 3)
UNION ALL
SELECT substring({person:String}, 3) AS visitor_id WHERE startsWith({person:String}, 'v:');
