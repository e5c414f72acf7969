-- Grain: one person, as they are known now, who was in a segment of asked_site at the start of a day (asked_by: segment:NAME@DAY).
-- Definition: members by segment_people at that local midnight; a visitor who carries an account now is that account's person. value = the
--   segment's name, since the beginning of time.
-- Source: segment_people, visitor_accounts.
CREATE OR REPLACE VIEW footfall.segment_members AS
SELECT
    if(v.user_id = '', m.person_id, concat('u:', v.user_id)) AS person_id,
    toDateTime64(0, 3, 'UTC') AS since,
    segment_of(asked_by()) AS value
FROM footfall.segment_people(
    site = asked_site(),
    as_of = day_start(toDateOrZero(extract(asked_by(), '@(.*)$')), site_zone(asked_site())),
    segment = if(segment_of(asked_by()) = '', '(none)', segment_of(asked_by()))) AS m
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = asked_site()) AS v
    ON v.visitor_id = if(startsWith(m.person_id, 'v:'), substring(m.person_id, 3), '');
