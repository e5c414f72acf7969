-- Grain: one unit (person or visitor, as the experiment says) of an experiment, exposed between `since` and the end; bots apart.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none).
-- Definition: as experiment_units, with the dimension of experiment_dimensioned or experiment_returning. Without one no session is read: `merge`
--   plans only the view that is named; they take the same parameters.
-- Source: experiment_units, experiment_dimensioned, experiment_returning.
CREATE OR REPLACE VIEW footfall.experiment_people AS
SELECT number, unit, bot, exposed_ms, first_arm, multiple, arm, dimension
-- The database by its name with a point, as migrate replaces it.
FROM merge(
    replaceOne('footfall.', '.', ''),
    multiIf({by:String} = '', '^experiment_units$', {by:String} = 'new_or_returning', '^experiment_returning$', '^experiment_dimensioned$'))
WHERE {site:String} != '' OR {experiment:String} != '';
