-- Grain: one value of a dimension, metric and arm of an experiment.
-- Parameters: experiment, by, cells String (of experiment_cells by the same).
-- Definition: r = experiment_comparisons' row; failed = the health checks of the experiment that fail, in words, '' where none does.
-- Source: experiment_comparisons, experiment_checks.
CREATE OR REPLACE VIEW footfall.segment_verdicts AS
SELECT
    r,
    (
        SELECT arrayStringConcat(arrayMap(c -> concat(c.1, ' (', c.5, ')'), arrayFilter(c -> NOT c.4, any(tupleElement(k, 'checks')))), '; ')
        FROM footfall.experiment_checks(site = '', experiment = {experiment:String}, cells = {cells:String})
    ) AS failed
FROM footfall.experiment_comparisons(site = '', experiment = {experiment:String}, by = {by:String}, cells = {cells:String});
