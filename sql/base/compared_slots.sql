-- Grain: one hour or day: the one that is judged (slot 1), and those of the eight weeks before that it is judged by (2 … 9).
-- Parameters: site String, as_of DateTime64(3, 'UTC'), grain String (hour, day).
-- Definition: slot 1 is the last local hour or day that was over by as_of, the others the same one of 1 to 8 weeks before (by the
--   site's clock, so that a change of the clocks moves none), from started_at to before ended_at. known_at = as_of so many weeks before:
--   counting only what had come by then leaves each slot as old as the newest. present = the site's events had begun by its start. No
--   rows while nothing has been read.
-- Source: as_of, minute_rows.
CREATE OR REPLACE VIEW footfall.compared_slots AS
WITH
    site_zone({site:String}) AS zone,
    least({as_of:DateTime64(3, 'UTC')}, (SELECT assumeNotNull(as_of) FROM footfall.as_of)) AS now_at,
    toDate(now_at, zone) AS today,
    toStartOfHour(toDateTime(now_at, zone)) - INTERVAL 1 HOUR AS last_hour,
    -- Sorted so: the first minute is found without reading the others.
    (SELECT minute FROM footfall.minute_rows WHERE site = {site:String} ORDER BY site, minute LIMIT 1) AS first_minute
SELECT
    toUInt8(weeks + 1) AS slot,
    assumeNotNull(toDateTime64(if({grain:String} = 'hour', addWeeks(last_hour, -weeks), toDateTime(today - 1 - 7 * weeks, zone)), 3, 'UTC')) AS started_at,
    assumeNotNull(toDateTime64(if({grain:String} = 'hour', addWeeks(last_hour, -weeks) + INTERVAL 1 HOUR, toDateTime(today - 7 * weeks, zone)), 3, 'UTC')) AS ended_at,
    toDateTime64(addWeeks(toTimeZone(now_at, zone), -weeks), 3, 'UTC') AS known_at,
    toUInt8(ifNull(started_at >= first_minute, 0)) AS present
FROM (SELECT toInt32(number) AS weeks FROM numbers(9))
WHERE now_at > toDateTime64('1980-01-01 00:00:00', 3, 'UTC');
