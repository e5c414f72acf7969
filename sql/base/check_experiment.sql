-- Grain: one row, ok = 0, or an error.
-- Parameters: experiment String.
-- Definition: an unknown experiment is an error that lists the known ones, '' is none: what asks for it has no rows, as of a site
--   without experiments; read as a scalar subquery, so where there are no rows too.
-- Source: experiments.
CREATE OR REPLACE VIEW footfall.check_experiment AS
SELECT throwIf(
    {experiment:String} != '' AND {experiment:String} NOT IN (SELECT experiment FROM footfall.experiments),
    concat('unknown experiment ''', {experiment:String}, '''; experiments: ',
        (SELECT arrayStringConcat(arraySort(groupUniqArray(experiment)), ', ') FROM footfall.experiments))) AS ok;
