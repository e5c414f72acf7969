-- Returns: what a loyalty point is worth, minor units of the site's currency; 0 for a site that `sites` lacks.
CREATE OR REPLACE FUNCTION site_point_value AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'point_value', tuple(site), toInt64(0));
