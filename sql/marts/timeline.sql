-- Grain: one event of one person, in order.
-- Parameters: site String, person String ('u:' + account or 'v:' + visitor).
-- Definition: all events of the sessions whose person it is, bots out, with session, page, money as sent, and what the event is about.
--   at is in the site's zone.
-- Source: visit_rows, events.
CREATE OR REPLACE VIEW footfall.timeline AS
SELECT
    toTimeZone(e.event_time, site_zone({site:String})) AS at,
    e.event_name AS event_name,
    e.session_id AS session_id,
    e.visitor_id AS visitor_id,
    e.platform AS platform,
    page_path(e.page_location) AS page,
    e.page_title AS page_title,
    e.items.item_id AS item_ids,
    e.search_term AS search_term,
    e.transaction_id AS transaction_id,
    e.currency AS currency,
    e.value AS value,
    e.params AS params,
    e.event_id AS event_id
FROM footfall.events AS e
WHERE e.site = {site:String}
    AND (
        SELECT ok + throwIf(
            NOT match({person:String}, '^[uv]:'),
            concat('person is ''', {person:String}, '''; give u: and an account, or v: and a visitor, as person_id of other views'))
        FROM footfall.check_site(site = {site:String})) = 0
    AND e.visitor_id IN (
        SELECT visitor_id FROM footfall.account_rows_of(site = {site:String}, person = {person:String}))
    AND e.session_id IN (
        SELECT session_id
        FROM footfall.visit_rows(site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
        WHERE person_id = {person:String})
ORDER BY at, event_id;
