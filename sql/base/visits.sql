-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: visit_rows with `dimension`, the session's value of `by`: '' for none; new_or_returning: new = the person's first
--   active session; connection: the first params.connection of its events; profile:KEY: the value that the person's
--   account had when the session started, '' for none; segment:NAME or segment:!NAME: NAME for who was in it at the start of the day
--   (dated_by), !NAME for the others; variation:EXPERIMENT: the one seen at or before the session's start, (multiple) for who saw several,
--   (not exposed) before the first and for the others. What a dimension needs beyond the session's row is read only where it is asked for:
--   `merge` plans only the view that is named; they take the same parameters.
-- Source: row_visits, new_or_returning_visits, connection_visits, person_valued_visits.
CREATE OR REPLACE VIEW footfall.visits AS
SELECT *
-- The database by its name with a point, as migrate replaces it.
FROM merge(
    replaceOne('footfall.', '.', ''),
    multiIf(
        {by:String} = 'new_or_returning', '^new_or_returning_visits$',
        {by:String} = 'connection', '^connection_visits$',
        position({by:String}, ':') > 0, '^person_valued_visits$',
        '^row_visits$'))
WHERE {site:String} != '' AND {start:DateTime64(3, 'UTC')} < {end:DateTime64(3, 'UTC')};
