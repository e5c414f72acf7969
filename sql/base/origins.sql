-- Grain: one person with an active session.
-- Parameters: site String, by String.
-- Definition: of the person's first active session ever, over all devices: its start, channel, campaign and dimension.
-- Source: visits.
CREATE OR REPLACE VIEW footfall.origins AS
SELECT
    person_id,
    min(started_at) AS first_seen,
    argMin(toString(v.channel), visit_place(v.started_at, v.visitor_key)) AS channel,
    argMin(toString(v.campaign), visit_place(v.started_at, v.visitor_key)) AS campaign,
    argMin(v.dimension, visit_place(v.started_at, v.visitor_key)) AS dimension
FROM footfall.visits(
    site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'), by = {by:String}) AS v
WHERE active
GROUP BY person_id;
