-- Returns: a person's own days between order days, drawn to the site's median gap: max(1, (sum of own gaps + 2 G) / (gaps + 2)).
-- `days`: sorted order days; NULL where the site has no gap yet (`greatest` alone would pass over the NULL and say 1).
CREATE OR REPLACE FUNCTION own_cadence AS (days, site_gap) ->
    if(site_gap IS NULL, NULL, greatest(1., (dateDiff('day', days[1], days[-1]) + 2 * assumeNotNull(site_gap)) / (length(days) - 1 + 2)));
