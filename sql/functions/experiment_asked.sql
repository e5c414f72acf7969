-- Returns: whether a row of an experiment is asked for: by its name, or where that is '' by its site.
CREATE OR REPLACE FUNCTION experiment_asked AS (row_site, row_experiment, site, experiment) ->
    if(experiment = '', row_site = site, row_experiment = experiment);
