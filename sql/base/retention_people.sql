-- Grain: one person with a first start.
-- Parameters: site String, until DateTime64(3, 'UTC') (starts are before it), start_event, return_event, by String.
-- Definition: starts and returns = times (ms, sorted): of active sessions' starts where the event is '', else of the event;
--   bots out. dimension: of the session of the first start.
-- Source: visits, step_events, visitor_accounts, shared_session_accounts, session_aliases.
CREATE OR REPLACE VIEW footfall.retention_people AS
SELECT
    person_id,
    arraySort(groupArrayIf(t, is_start)) AS starts,
    arraySort(groupArrayIf(t, is_return)) AS returns,
    argMinIf(dimension, (t, visitor_id, session_id), is_start) AS dimension
FROM
(
    SELECT
        person_id,
        visitor_id,
        session_id,
        toUInt64(toUnixTimestamp64Milli(started_at)) AS t,
        {start_event:String} = '' AND started_at < {until:DateTime64(3, 'UTC')} AS is_start,
        {return_event:String} = '' AS is_return,
        dimension
    FROM footfall.visits(site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = if({start_event:String} = '' OR {return_event:String} = '', toDateTime64('2100-01-02 00:00:00', 3, 'UTC'), toDateTime64(0, 3, 'UTC')), by = {by:String})
    WHERE active
    UNION ALL
    SELECT
        person_of(u.user_id, v.user_id, e.visitor_id) AS person_id,
        e.visitor_id AS visitor_id,
        if(a.root = '', e.session_id, a.root) AS session_id,
        e.t AS t,
        {start_event:String} != '' AND bitTest(e.mask, 0) AND e.t < toUnixTimestamp64Milli({until:DateTime64(3, 'UTC')}) AS is_start,
        {return_event:String} != '' AND bitTest(e.mask, 1) AS is_return,
        d.dimension AS dimension
    FROM footfall.step_events(
        site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'),
        steps = [if({start_event:String} = '', {return_event:String}, {start_event:String}),
                 if({return_event:String} = '', {start_event:String}, {return_event:String})],
        mode = '') AS e
    LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_id = e.visitor_id
    LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = {site:String}) AS u ON u.raw_session_id = e.session_id
    LEFT ANY JOIN (SELECT session_id, root FROM footfall.session_aliases FINAL WHERE site = {site:String}) AS a ON a.session_id = e.session_id
    LEFT ANY JOIN
    (
        SELECT session_id, dimension
        FROM footfall.visits(site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = if({by:String} = '' OR ({start_event:String} = '' AND {return_event:String} = ''), toDateTime64(0, 3, 'UTC'), toDateTime64('2100-01-02 00:00:00', 3, 'UTC')), by = {by:String})
    ) AS d ON d.session_id = if(a.root = '', e.session_id, a.root)
    WHERE {start_event:String} != '' OR {return_event:String} != ''
)
GROUP BY person_id
HAVING notEmpty(starts);
