-- Grain: one exposure of a unit (person or visitor, as the experiment says) to a variation, between `since` and the end; bots apart.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: unit = 64-bit number of the person (the account where one is known, so that two visitors of one account merge; unit
--   'visitor' never merges; experiment_unit) or, for a bot, of the visitor. exposure = ms since 1970 × 256 + the variation's place in the
--   experiment's list, 0 where the list lacks it: one number, so that the smallest of a unit is its first with its variation.
-- Source: exposure_rows, experiment_scope, visitor_accounts, shared_session_accounts, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_exposures AS
WITH
    (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop,
    -- Of the experiments asked for, as constants: looked up by place, where a join would copy every list to every exposure.
    (
        SELECT (
            groupArray(experiment), groupArray(number), groupArray(toUnixTimestamp64Milli(since)),
            groupArray(ifNull(toUnixTimestamp64Milli(counted_until), 0)), groupArray(unit = 'visitor'), groupArray(variations))
        FROM (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String}))
    ) AS asked,
    arrayDistinct(arrayFlatten(asked.6)) AS known,
    -- Of each experiment the place in its list of each known variation, and before them 0 for any other.
    arrayFlatten(arrayMap(list -> arrayPushFront(arrayMap(v -> indexOf(list, v), known), 0), asked.6)) AS places
SELECT
    asked.2[e] AS number,
    toInt64(ms * 256 + places[(e - 1) * (length(known) + 1) + v + 1]) AS exposure,
    session_id,
    session_key,
    bot,
    -- A bot's exposures are only counted, so that its visitor is enough.
    if(bot, intHash64(visitor_key), experiment_unit(asked.5[e], own_key, known_key, visitor_key)) AS unit
FROM
(
    SELECT
        toUnixTimestamp64Milli(x.event_time) AS ms,
        CAST(transform(x.experiment, asked.1, arrayEnumerate(asked.1), toUInt32(0)), 'UInt32') AS e,
        CAST(transform(x.variation, known, arrayEnumerate(known), toUInt32(0)), 'UInt32') AS v,
        x.session_id AS session_id,
        x.session_key AS session_key,
        x.visitor_key AS visitor_key,
        s.user_key AS own_key,
        k.user_key AS known_key,
        x.session_key IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = shop) AS bot
    FROM footfall.exposure_rows AS x
    LEFT ANY JOIN (SELECT raw_session_key, user_key FROM footfall.shared_session_accounts WHERE site = shop) AS s ON s.raw_session_key = x.session_key
    LEFT ANY JOIN (SELECT visitor_key, user_key FROM footfall.visitor_accounts WHERE site = shop) AS k ON k.visitor_key = x.visitor_key
    WHERE x.site = shop
        AND x.experiment IN (SELECT experiment FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String}))
)
WHERE ms >= asked.3[e] AND ms < asked.4[e];
