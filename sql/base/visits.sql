-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: visit_rows with `dimension`, the session's value of `by`: '' for none; new_or_returning: new = the person's first
--   active session; connection: the first params.connection of its events; profile:KEY: the value that the person's
--   account had when the session started, '' for none; segment:NAME or segment:!NAME: NAME for who was in it at the start of the day
--   (dated_by), !NAME for the others; variation:EXPERIMENT: the one seen at or before the session's start, (multiple) for who saw several,
--   (not exposed) before the first and for the others. A dimension that needs more than the session's row is read only where it is asked for.
-- Source: visit_rows, session_values, person_values.
CREATE OR REPLACE VIEW footfall.visits AS
SELECT
    *,
    if({by:String} = 'channel', toString(channel),
    if({by:String} = 'source', toString(source),
    if({by:String} = 'medium', toString(medium),
    if({by:String} = 'campaign', toString(campaign),
    if({by:String} = 'term', term,
    if({by:String} = 'content', content,
    if({by:String} = 'country', toString(country),
    if({by:String} = 'language', toString(language),
    if({by:String} = 'device', toString(device),
    if({by:String} = 'platform', toString(platform),
    if({by:String} = 'browser', toString(browser),
    if({by:String} = 'landing_page', landing_page,
    '')))))))))))) AS dimension
FROM footfall.visit_rows(
    site = {site:String}, start = {start:DateTime64(3, 'UTC')},
    -- Of the two ways only one is read: the other's end is before its start.
    end = if({by:String} NOT IN ('new_or_returning', 'connection') AND position({by:String}, ':') = 0, {end:DateTime64(3, 'UTC')}, toDateTime64(0, 3, 'UTC')))
WHERE {by:String} NOT IN ('new_or_returning', 'connection') AND position({by:String}, ':') = 0
UNION ALL
SELECT s.*, if({by:String} = 'new_or_returning', if(x.value = '', 'returning', x.value), if({by:String} = 'connection', x.value, if(p.person_id = '', value_of_others({by:String}), p.value))) AS dimension
FROM footfall.visit_rows(
    site = {site:String}, start = {start:DateTime64(3, 'UTC')},
    end = if({by:String} NOT IN ('new_or_returning', 'connection') AND position({by:String}, ':') = 0, toDateTime64(0, 3, 'UTC'), {end:DateTime64(3, 'UTC')})) AS s
LEFT ANY JOIN footfall.session_values(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}, by = {by:String}) AS x
    ON x.session_id = s.session_id
ASOF LEFT JOIN footfall.person_values(site = {site:String}, by = {by:String}) AS p
    ON p.person_id = s.person_id AND s.started_at >= p.since
WHERE {by:String} IN ('new_or_returning', 'connection') OR position({by:String}, ':') > 0;
