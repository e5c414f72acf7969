-- Grain: one person with an active session.
-- Parameters: site String, until DateTime64(3, 'UTC') (sessions start before it), grain, by String.
-- Definition: periods = local periods with an active session, sorted; dimension: of the person's first active session.
-- Source: visits.
CREATE OR REPLACE VIEW footfall.person_periods AS
SELECT
    person_key,
    arraySort(groupUniqArray(period_start(toDate(started_at, site_zone({site:String})), {grain:String}))) AS periods,
    if({by:String} = '', '', argMin(dimension, visit_place(started_at, visitor_key))) AS dimension
FROM footfall.visits(site = {site:String}, start = toDateTime64('1970-01-02 00:00:00', 3, 'UTC'), end = {until:DateTime64(3, 'UTC')}, by = {by:String})
WHERE active
GROUP BY person_key;
