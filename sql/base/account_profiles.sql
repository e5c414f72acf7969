-- Grain: one account with values in its profile by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: profile = the value of each key that was in force then; person_id = the account's.
-- Source: profile_values.
CREATE OR REPLACE VIEW footfall.account_profiles AS
SELECT concat('u:', user_id) AS person_id, mapSort(mapFromArrays(groupArray(name), groupArray(newest))) AS profile
FROM
(
    SELECT p.user_id AS user_id, toString(p.key) AS name, argMax(p.value, p.since) AS newest
    FROM footfall.profile_values AS p FINAL
    WHERE p.site = {site:String} AND p.since <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY user_id, name
)
GROUP BY user_id;
