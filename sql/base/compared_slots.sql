-- Grain: one row: the hour or day that is judged, and the eight that it is judged by.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), grain String (hour, day).
-- Definition: slots = (start, end, known_at, present), the newest first: the last local hour or day that was over by as_of, then the same
--   one of 1 to 8 weeks before (by the site's clock, so that a change of the clocks moves none). known_at = as_of so many
--   weeks before: counting only what had come by then leaves each slot as old as the newest. present = the site's events had begun by its
--   start. Empty while nothing has been read.
-- Source: as_of, minute_rows.
CREATE OR REPLACE VIEW footfall.compared_slots AS
WITH
    site_zone({site:String}) AS zone,
    least({as_of:DateTime64(3, 'UTC')}, (SELECT assumeNotNull(as_of) FROM footfall.as_of)) AS now_at,
    toDateTime(now_at, zone) AS local_now,
    toDate(now_at, zone) AS today,
    toStartOfHour(local_now) - INTERVAL 1 HOUR AS last_hour,
    -- Sorted so: the first minute is found without reading the others.
    (SELECT minute FROM footfall.minute_rows WHERE site = {site:String} ORDER BY site, minute LIMIT 1) AS first_minute
SELECT arrayMap(
    w ->
    (
        assumeNotNull(toDateTime64(if({grain:String} = 'hour', addWeeks(last_hour, -w), toDateTime(today - 1 - 7 * w, zone)), 3, 'UTC')) AS slot_start,
        assumeNotNull(toDateTime64(if({grain:String} = 'hour', addWeeks(last_hour, -w) + INTERVAL 1 HOUR, toDateTime(today - 7 * w, zone)), 3, 'UTC')),
        addWeeks(toTimeZone(now_at, zone), -w)::DateTime64(3, 'UTC'),
        ifNull(slot_start >= first_minute, 0)
    ),
    if(now_at < toDateTime64('1980-01-01 00:00:00', 3, 'UTC'), [], range(9))) AS slots;
