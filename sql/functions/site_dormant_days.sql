-- Returns: after how many quiet days the site takes a customer for dormant; 60 for a site that `sites` lacks.
CREATE OR REPLACE FUNCTION site_dormant_days AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'dormant_days', tuple(site), toUInt32(60));
