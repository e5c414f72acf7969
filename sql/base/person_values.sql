-- Grain: one person and moment from which on the person has a value of a dimension.
-- Parameters: site String, start DateTime64(3, 'UTC') (the start of what is counted), by String.
-- Definition: profile:KEY: what the account's profile said from then on. Empty for any other `by`.
-- Source: profile_values.
CREATE OR REPLACE VIEW footfall.person_values AS
SELECT concat('u:', user_id) AS person_id, since, value
FROM footfall.profile_values FINAL
WHERE site = {site:String} AND startsWith({by:String}, 'profile:') AND key = substring({by:String}, 9);
