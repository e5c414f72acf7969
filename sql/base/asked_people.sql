-- Grain: one person and moment from which on the person has a value.
-- Parameters: view String (the base view that is read), asked String (site and `by`, parted by a new line: asked_site, asked_by).
-- Definition: the rows of one of profiled_people, segment_members, exposed_people and no_people. `merge` plans only the one that its
--   pattern names, where UNION ALL would plan all of them each time that a session is asked for its dimension. What it reads cannot have
--   parameters, so these travel in log_comment, a setting of this one subquery.
-- Source: profiled_people, segment_members, exposed_people, no_people.
CREATE OR REPLACE VIEW footfall.asked_people AS
SELECT person_id, since, value
FROM
(
    SELECT person_id, since, value
    -- The database by its name with a point, as migrate replaces it.
    FROM merge(replaceOne('footfall.', '.', ''), concat('^', {view:String}, '$'))
    SETTINGS log_comment = {asked:String}
);
