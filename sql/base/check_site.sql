-- Grain: one row, ok = 0, or an error.
-- Parameters: site String.
-- Definition: an unknown site is an error that lists the known ones; read as a scalar subquery, so on an empty site too.
-- Source: known_sites.
CREATE OR REPLACE VIEW footfall.check_site AS
WITH (SELECT arraySort(groupArray(toString(site))) FROM footfall.known_sites) AS known
SELECT throwIf(NOT has(known, {site:String}), concat('unknown site ''', {site:String}, '''; sites: ', arrayStringConcat(known, ', '))) AS ok;
