-- Returns: after how many quiet days the site takes a customer for gone; 180 for a site that `sites` lacks.
CREATE OR REPLACE FUNCTION site_churned_days AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'churned_days', tuple(site), toUInt32(180));
