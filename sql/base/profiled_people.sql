-- Grain: one account of asked_site and moment from which on its profile says something of the key in asked_by (profile:KEY).
-- Definition: value = what it says from then on.
-- Source: profile_values.
CREATE OR REPLACE VIEW footfall.profiled_people AS
SELECT concat('u:', user_id) AS person_id, since, value
FROM footfall.profile_values FINAL
WHERE site = asked_site() AND key = substring(asked_by(), 9);
