-- Returns: the IANA zone of a site's days; UTC for a site that `sites` lacks.
-- A constant for a constant site, as the second argument of toDate must be (a scalar subquery would not be).
CREATE OR REPLACE FUNCTION site_zone AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'timezone', tuple(site), 'UTC');
