-- Grain: one session of a person (bots out) that starts in [start, end); none where `by` is ''.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: as session_dimensions, but by the session that it is now: for what knows that, like orders, so that no absorbed key is looked up for all
--   sessions.
-- Source: visits, no_dimensions (`merge` plans only the one that is named; they take the same parameters).
CREATE OR REPLACE VIEW footfall.visit_dimensions AS
SELECT session_key, dimension, purchases
-- The database by its name with a point, as migrate replaces it.
FROM merge(replaceOne('footfall.', '.', ''), if({by:String} = '', '^no_dimensions$', '^visits$'))
WHERE {site:String} != '' AND {start:DateTime64(3, 'UTC')} < {end:DateTime64(3, 'UTC')};
