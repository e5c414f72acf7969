-- Returns: the event names whose presence makes a session engaged; ['purchase'] for a site that `sites` lacks.
CREATE OR REPLACE FUNCTION site_key_events AS (site) ->
    dictGetOrDefault('footfall.site_facts', 'key_events', tuple(site), ['purchase']);
