-- Grain: one event of a person (bots out) by which retention starts or returns.
-- Parameters: as retention_people: site String, until DateTime64(3, 'UTC'), start_event, return_event, by String.
-- Definition: t = event_time in ms; is_start: a start_event before `until`; is_return: a return_event; dimension and session_key of its session.
-- Source: step_events, visitor_accounts, shared_session_accounts, session_dimensions.
CREATE OR REPLACE VIEW footfall.event_times AS
SELECT
    person_key_of(u.user_key, v.user_key, e.visitor_key) AS person_key,
    e.visitor_id AS visitor_id,
    e.session_key AS session_key,
    e.t AS t,
    toUInt8({start_event:String} != '' AND bitTest(e.mask, 0) AND e.t < toUnixTimestamp64Milli({until:DateTime64(3, 'UTC')})) AS is_start,
    toUInt8({return_event:String} != '' AND bitTest(e.mask, 1)) AS is_return,
    d.dimension AS dimension
FROM footfall.step_events(
    site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'),
    steps = [if({start_event:String} = '', {return_event:String}, {start_event:String}),
             if({return_event:String} = '', {start_event:String}, {return_event:String})],
    mode = '') AS e
LEFT ANY JOIN (SELECT visitor_key, user_key FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_key = e.visitor_key
LEFT ANY JOIN (SELECT raw_session_key, user_key FROM footfall.shared_session_accounts WHERE site = {site:String}) AS u ON u.raw_session_key = e.session_key
LEFT ANY JOIN footfall.session_dimensions(
    site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'), by = {by:String}) AS d
    ON d.raw_session_key = e.session_key;
