-- Grain: one person of a site who was exposed to the experiment in `by` (variation:EXPERIMENT) while it ran; bots out.
-- Parameters: site, by String.
-- Definition: since = the first exposure; value = the variation, or (multiple) where more than one was seen. Persons as experiments count
--   them: the session's own account, else the one that its visitor was last known by, else the visitor.
-- Source: exposure_rows, experiments, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.exposed_people AS
SELECT person_id, min(at) AS since, if(uniqExact(seen) > 1, '(multiple)', any(seen)) AS value
FROM
(
    SELECT person_of(u.user_id, v.user_id, x.visitor_id) AS person_id, x.event_time AS at, toString(x.variation) AS seen
    FROM footfall.exposure_rows AS x
    INNER JOIN
    (
        SELECT experiment, toDateTime64(e.since, 3, 'UTC') AS first, ifNull(toDateTime64(e.until, 3, 'UTC'), toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) AS last
        FROM footfall.experiments AS e FINAL
        WHERE site = {site:String} AND experiment = substring({by:String}, 11)
    ) AS e ON e.experiment = x.experiment
    LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = {site:String}) AS u ON u.raw_session_id = x.session_id
    LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_id = x.visitor_id
    WHERE x.site = {site:String} AND x.experiment = substring({by:String}, 11) AND x.event_time >= e.first AND x.event_time < e.last
        AND x.session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
)
GROUP BY person_id;
