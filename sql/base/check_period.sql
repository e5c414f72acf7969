-- Grain: one row, ok = 0, or an error.
-- Parameters: site String, since, until Date, grain, by String.
-- Definition: what most views ask of their parameters: a known site, since not after until, at most ten years, a known grain
--   and dimension ('day' and '' where a view has none).
-- Source: known_sites, segment_names, experiments.
CREATE OR REPLACE VIEW footfall.check_period AS
SELECT
    (SELECT ok FROM footfall.check_site(site = {site:String}))
    + throwIf({since:Date} > {until:Date}, concat('since ', toString({since:Date}), ' is after until ', toString({until:Date})))
    + throwIf({until:Date} - {since:Date} > 3660, 'since and until are more than 3660 days apart')
    + check_grain({grain:String})
    + check_by({by:String})
    + (SELECT ok FROM footfall.check_dimension(site = {site:String}, by = {by:String})) AS ok;
