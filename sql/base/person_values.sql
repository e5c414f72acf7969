-- Grain: one person and moment from which on the person has a value of a dimension.
-- Parameters: site String, by String (of segments with the day: dated_by).
-- Definition: profile:KEY: profiled_people; segment:NAME: segment_members; variation:EXPERIMENT: exposed_people. None for any other `by`.
-- Source: asked_people.
CREATE OR REPLACE VIEW footfall.person_values AS
SELECT person_id, since, value
FROM footfall.asked_people(
    view = multiIf(
        startsWith({by:String}, 'profile:'), 'profiled_people',
        startsWith({by:String}, 'segment:'), 'segment_members',
        startsWith({by:String}, 'variation:'), 'exposed_people',
        'no_people'),
    asked = concat({site:String}, '\n', {by:String}));
