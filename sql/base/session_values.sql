-- Grain: one session that has a value of a dimension which is not in its own row.
-- Parameters: site String, start, end DateTime64(3, 'UTC') (of the sessions' starts), by String.
-- Definition: new_or_returning: 'new' for a person's first active session; connection: the first params.connection of its
--   events. Empty for any other `by`.
-- Source: first_visits, session_connections.
CREATE OR REPLACE VIEW footfall.session_values AS
SELECT first_session_id AS session_id, 'new' AS value FROM footfall.first_visits(
    site = {site:String},
    -- A constant that leaves nothing to read where it is not asked for: a condition outside a GROUP BY would not.
    until = if({by:String} = 'new_or_returning', toDateTime64('2100-01-02 00:00:00', 3, 'UTC'), toDateTime64('1970-01-02 00:00:00', 3, 'UTC')))
UNION ALL
SELECT session_id, connection AS value
FROM footfall.session_connections(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}, by = {by:String});
