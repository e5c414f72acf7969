-- Grain: none: no rows.
-- Definition: the people of a dimension that no person has.
-- Source: none.
CREATE OR REPLACE VIEW footfall.no_people AS
SELECT '' AS person_id, toDateTime64(0, 3, 'UTC') AS since, '' AS value
WHERE 0;
