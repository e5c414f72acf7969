-- Grain: one row, ok = 0, or an error.
-- Parameters: site String.
-- Definition: an unknown site is an error that lists the known ones; read as a scalar subquery, so on an empty site too.
-- Source: known_sites.
CREATE OR REPLACE VIEW footfall.check_site AS
SELECT
    throwIf(
        {site:String} NOT IN (SELECT site FROM footfall.known_sites),
        concat('unknown site ''', {site:String}, '''; sites: ',
            (SELECT arrayStringConcat(arraySort(groupArray(site)), ', ') FROM footfall.known_sites))) AS ok;
