-- Grain: one metric and variation of an experiment, the control's too.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: experiment_verdicts of what people did: the cells are worked out once, and handed on.
-- Source: experiment_described, experiment_cells, experiment_verdicts.
CREATE OR REPLACE VIEW footfall.experiment_judged AS
SELECT r, people, whole_days, left_days, word, reason, checks
FROM footfall.experiment_verdicts(
    site = {site:String},
    experiment = {experiment:String},
    cells = (
        SELECT check_packed(assumeNotNull(cells))
        FROM footfall.experiment_cells(
            site = {site:String}, experiment = {experiment:String}, by = '',
            described = (SELECT check_packed(assumeNotNull(described)) FROM footfall.experiment_described(site = {site:String}, experiment = {experiment:String})))));
