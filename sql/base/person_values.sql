-- Grain: one person and moment from which on the person has a value of a dimension.
-- Parameters: site String, by String (of segments with the day: dated_by).
-- Definition: profile:KEY: profiled_people; segment:NAME: segment_members; variation:EXPERIMENT: exposed_people. None for any other `by`:
--   no_people. Views that take the same parameters: `merge` plans only the one that is named, where UNION ALL would plan all of them each
--   time that a session is asked for its dimension.
-- Source: profiled_people, segment_members, exposed_people, no_people.
CREATE OR REPLACE VIEW footfall.person_values AS
SELECT person_id, since, value
-- The database by its name with a point, as migrate replaces it.
FROM merge(
    replaceOne('footfall.', '.', ''),
    multiIf(
        startsWith({by:String}, 'profile:'), '^profiled_people$',
        startsWith({by:String}, 'segment:'), '^segment_members$',
        startsWith({by:String}, 'variation:'), '^exposed_people$',
        '^no_people$'))
WHERE {site:String} != '';
