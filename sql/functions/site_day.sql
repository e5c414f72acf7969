-- Returns: the day, in a site's zone, of an instant: what a dashboard passes as `since` and `until`.
CREATE OR REPLACE FUNCTION site_day AS (site, ts) -> toDate(toDateTime64(ts, 3, 'UTC'), site_zone(site));
