-- Returns: the brand terms of a site; none for a site that `sites` lacks.
CREATE OR REPLACE FUNCTION site_brand_terms AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'brand_terms', tuple(site), emptyArrayString());
