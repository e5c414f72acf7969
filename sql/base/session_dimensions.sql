-- Grain: one session key, absorbed ones included, of a session of a person (bots out) that starts in [start, end); none where `by` is ''.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: raw_session_key = as event_rows may carry it; dimension = of the session that it is part of now. For what joins a dimension
--   to events: without one nothing is read, for `merge` plans only the view that is named; they take the same parameters.
-- Source: visit_ids, no_dimensions.
CREATE OR REPLACE VIEW footfall.session_dimensions AS
SELECT raw_session_key, dimension
-- The database by its name with a point, as migrate replaces it.
FROM merge(replaceOne('footfall.', '.', ''), if({by:String} = '', '^no_dimensions$', '^visit_ids$'))
WHERE {site:String} != '' AND {start:DateTime64(3, 'UTC')} < {end:DateTime64(3, 'UTC')};
