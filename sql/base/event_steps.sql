-- Grain: one event in [start, end) that can fill a step of a funnel without properties (in strict_order also those that can interrupt one).
-- Parameters: as step_events: site String, start, end DateTime64(3, 'UTC'), steps Array(String), mode String.
-- Definition: as step_events.
-- Source: event_rows, bot_sessions.
CREATE OR REPLACE VIEW footfall.event_steps AS
SELECT
    visitor_id,
    visitor_key,
    session_key,
    toUInt64(toUnixTimestamp64Milli(event_time)) AS t,
    step_mask(toString(event_name), {steps:Array(String)}) AS mask
FROM footfall.event_rows FINAL
PREWHERE event_name IN (names_in_way({steps:Array(String)}, {mode:String}))
WHERE site = {site:String}
    AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
    AND session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})
SETTINGS do_not_merge_across_partitions_select_final = 1;
