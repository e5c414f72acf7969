-- Grain: one active session of a person (bots out).
-- Parameters: as retention_people: site String, until DateTime64(3, 'UTC'), start_event, return_event, by String.
-- Definition: t = its start in ms; is_start where start_event is '' and it starts before `until`, is_return where return_event is ''.
-- Source: visits.
CREATE OR REPLACE VIEW footfall.visit_times AS
SELECT
    person_key,
    visitor_id,
    session_key,
    toUInt64(toUnixTimestamp64Milli(started_at)) AS t,
    toUInt8({start_event:String} = '' AND started_at < {until:DateTime64(3, 'UTC')}) AS is_start,
    toUInt8({return_event:String} = '') AS is_return,
    dimension
FROM footfall.visits(
    site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'), by = {by:String})
WHERE active;
