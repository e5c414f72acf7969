-- Grain: one session key of crossing_sessions; none where `by` is ''.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: as crossing_sessions; without a dimension nothing is read, for `merge` plans only the view that is named; they take the same parameters.
-- Source: crossing_sessions, no_dimensions.
CREATE OR REPLACE VIEW footfall.crossing_dimensions AS
SELECT raw_session_key, dimension
-- The database by its name with a point, as migrate replaces it.
FROM merge(replaceOne('footfall.', '.', ''), if({by:String} = '', '^no_dimensions$', '^crossing_sessions$'))
WHERE {site:String} != '' AND {start:DateTime64(3, 'UTC')} < {end:DateTime64(3, 'UTC')};
