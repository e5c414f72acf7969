-- Grain: one row, ok = 0, or an error.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64, mode, grain, by String.
-- Definition: check_period and check_steps together.
-- Source: known_sites.
CREATE OR REPLACE VIEW footfall.check_funnel AS
SELECT
    (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String}))
    + check_steps({steps:Array(String)}, {within:UInt64}, {mode:String}) AS ok;
