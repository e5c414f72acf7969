-- Grain: one row.
-- Parameters: site String.
-- Definition: the local day of the site's first active session; cohorts of its first 30 days are left-censored: who was there
--   before tracking began looks new. NULL without sessions.
-- Source: visit_rows.
CREATE OR REPLACE VIEW footfall.site_start AS
SELECT if(count() = 0, NULL, toDate(min(started_at), site_zone({site:String}))) AS first_day
FROM footfall.visit_rows(
    site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
WHERE active;
