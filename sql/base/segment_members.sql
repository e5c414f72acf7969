-- Grain: one person, as they are known now, who was in a segment of a site at the start of a day (by: segment:NAME@DAY).
-- Parameters: site, by String.
-- Definition: members by segment_people at that local midnight; a visitor who carries an account now is that account's person. value = the
--   segment's name, since the beginning of time.
-- Source: segment_people, visitor_accounts.
CREATE OR REPLACE VIEW footfall.segment_members AS
SELECT
    if(v.user_id = '', m.person_id, concat('u:', v.user_id)) AS person_id,
    toDateTime64(0, 3, 'UTC') AS since,
    segment_of({by:String}) AS value
FROM footfall.segment_people(
    site = {site:String},
    as_of = day_start(toDateOrZero(extract({by:String}, '@(.*)$')), site_zone({site:String})),
    segment = if(segment_of({by:String}) = '', '(none)', segment_of({by:String}))) AS m
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = {site:String}) AS v
    ON v.visitor_id = if(startsWith(m.person_id, 'v:'), substring(m.person_id, 3), '');
