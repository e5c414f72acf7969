-- Grain: one exposure of a unit (person or visitor, as the experiment says) to a variation, between `since` and the end; bots apart.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: unit = 64-bit hash of the person (the account where one is known, so that two visitors of one account merge; unit
--   'visitor' never merges) or, for a bot, of the visitor: experiment_unit. exposure = ms since 1970 × 256 + the variation's place in the
--   experiment's list, 0 where the list lacks it: one number, so that the smallest of a unit is its first with its variation.
-- Source: exposure_rows, experiments, experiment_scope, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_exposures AS
WITH (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop
SELECT
    s.number AS number,
    toInt64(toUnixTimestamp64Milli(x.event_time) * 256 + indexOf(s.variations, toString(x.variation))) AS exposure,
    x.session_id AS session_id,
    x.session_id IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = shop) AS bot,
    -- A bot's exposures are only counted, so that its visitor is enough.
    if(bot, cityHash64('b', x.visitor_id), experiment_unit(s.unit, u.user_id, v.user_id, x.visitor_id)) AS unit
FROM footfall.exposure_rows AS x
INNER JOIN (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s ON s.experiment = x.experiment
LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = shop) AS u ON u.raw_session_id = x.session_id
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = shop) AS v ON v.visitor_id = x.visitor_id
WHERE x.site = shop
    AND x.experiment IN (SELECT experiment FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String}))
    AND x.event_time >= s.since AND x.event_time < s.counted_until;
