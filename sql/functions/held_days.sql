-- Returns: so many cadences, held within a third and three times the site's days; the site's days where there is no cadence.
CREATE OR REPLACE FUNCTION held_days AS (cadence, times, site_days) ->
    if(cadence IS NULL, toFloat64(site_days), least(greatest(assumeNotNull(cadence) * times, site_days / 3), site_days * 3.));
