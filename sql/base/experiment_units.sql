-- Grain: one unit (person or visitor, as the experiment says) of an experiment, exposed between `since` and the end; bots out.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: unit = 64-bit hash of the person id, or of 'v:' and the visitor id: a person is the account where one is known, so that two
--   visitors of one account merge; unit 'visitor' never merges. exposed_ms = its first exposure to any variation and first_arm that
--   variation's place in the experiment's list, 0 where the list lacks it (of equal times the lesser); multiple = more than one was seen;
--   arm = first_arm, or 0 where multiple: only arms above 0 are compared. session_id = the first exposure's, as its event has it.
-- Source: exposure_rows, experiments, experiment_scope, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_units AS
WITH (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop
SELECT
    number,
    unit,
    -- One number, so that the smallest is the first exposure with its variation.
    min(s.ms * 256 + s.arm) AS first,
    intDiv(first, 256) AS exposed_ms,
    toUInt8(first % 256) AS first_arm,
    min(s.arm) != max(s.arm) AS multiple,
    if(multiple, 0, first_arm) AS arm,
    argMin(s.session_id, (s.ms * 256 + s.arm, s.session_id)) AS session_id
FROM
(
    SELECT
        s.number AS number,
        cityHash64(if(s.unit = 'visitor', concat('v:', x.visitor_id), person_of(u.user_id, v.user_id, x.visitor_id))) AS unit,
        toUnixTimestamp64Milli(x.event_time) AS ms,
        a.arm AS arm,
        x.session_id AS session_id
    FROM footfall.exposure_rows AS x
    INNER JOIN (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s ON s.experiment = x.experiment
    LEFT ANY JOIN
    (
        SELECT experiment, arrayJoin(variations) AS variation, toUInt8(indexOf(variations, variation)) AS arm
        FROM footfall.experiment_scope
    ) AS a ON a.experiment = x.experiment AND a.variation = x.variation
    LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = shop) AS u ON u.raw_session_id = x.session_id
    LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = shop) AS v ON v.visitor_id = x.visitor_id
    WHERE x.site = shop
        AND x.experiment IN (SELECT experiment FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String}))
        AND x.event_time >= s.since AND x.event_time < s.counted_until
        AND x.session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop)
) AS s
GROUP BY number, unit;
