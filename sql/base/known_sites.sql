-- Grain: one site that is known: loaded into `sites`, or named by an accepted event.
-- Definition: a site that `sites` lacks has the defaults (UTC, USD).
-- Source: sites, site_gaps (a site's gap is pinned before its first event is folded).
CREATE OR REPLACE VIEW footfall.known_sites AS
SELECT DISTINCT site FROM (SELECT site FROM footfall.sites UNION ALL SELECT site FROM footfall.site_gaps);
