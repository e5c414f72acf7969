-- Returns: the currency of a site's reports (ISO 4217); USD for a site that `sites` lacks.
CREATE OR REPLACE FUNCTION site_currency AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'currency', tuple(site), 'USD');
