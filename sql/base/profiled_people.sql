-- Grain: one account of a site and moment from which on its profile says something of the key in `by` (profile:KEY).
-- Parameters: site, by String.
-- Definition: value = what it says from then on.
-- Source: profile_values.
CREATE OR REPLACE VIEW footfall.profiled_people AS
SELECT concat('u:', user_id) AS person_id, since, value
FROM footfall.profile_values FINAL
WHERE site = {site:String} AND key = substring({by:String}, 9);
