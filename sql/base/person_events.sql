-- Grain: one event of some names in [start, end) of a person (bots out), with its session's dimension.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), names Array(String), by String.
-- Definition: names = [''] is every name. The columns of visit_events, but those of the session. Without a dimension no session is read:
--   `merge` plans only the view that is named; they take the same parameters.
-- Source: undimensioned_events, visit_events.
CREATE OR REPLACE VIEW footfall.person_events AS
SELECT *
-- The database by its name with a point, as migrate replaces it.
FROM merge(replaceOne('footfall.', '.', ''), if({by:String} = '', '^undimensioned_events$', '^visit_events$'))
WHERE {site:String} != '' AND {start:DateTime64(3, 'UTC')} < {end:DateTime64(3, 'UTC')} AND notEmpty({names:Array(String)});
