-- Grain: one person of a site.
-- Parameters: site String, until DateTime64(3, 'UTC') (sessions start before it).
-- Definition: first_place = visit_place of the person's earliest active session over all its visitors, first_seen its start.
-- Source: visit_rows.
CREATE OR REPLACE VIEW footfall.first_visits AS
SELECT
    person_key,
    min(visit_place(started_at, visitor_key)) AS first_place,
    fromUnixTimestamp64Milli(toInt64(bitShiftRight(first_place, 64)), 'UTC') AS first_seen
FROM footfall.visit_rows(
    site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = {until:DateTime64(3, 'UTC')})
WHERE active
GROUP BY person_key;
