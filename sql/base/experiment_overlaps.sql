-- Grain: one pair of variations of two experiments of a site, of which the first is asked for.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: people = visitors (bots out) who saw both, each by its first variation; only variations that the lists have.
-- Source: exposure_rows, experiment_scope, experiments, bot_sessions.
CREATE OR REPLACE VIEW footfall.experiment_overlaps AS
WITH
    (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop,
    -- Each visitor's first variation of every experiment of the site, where there is more than one; only variations that its list has.
    visitors AS
    (
        SELECT x.experiment AS experiment, x.visitor_key AS visitor_key, argMin(toString(x.variation), (x.event_time, x.variation)) AS variation
        FROM footfall.exposure_rows AS x
        INNER JOIN (SELECT experiment, since, counted_until, variations FROM footfall.experiment_scope WHERE site = shop) AS e ON e.experiment = x.experiment
        WHERE x.site = shop
            AND (SELECT uniqExact(experiment) > 1 FROM footfall.experiments WHERE site = shop)
            AND x.event_time >= e.since AND x.event_time < e.counted_until AND has(e.variations, toString(x.variation))
            AND x.session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = shop)
        GROUP BY experiment, visitor_key
    )
SELECT a.experiment AS experiment, b.experiment AS other, a.variation AS variation, b.variation AS other_variation, toInt64(count()) AS people
FROM (SELECT * FROM visitors WHERE experiment_asked(shop, experiment, {site:String}, {experiment:String})) AS a
INNER JOIN visitors AS b ON b.visitor_key = a.visitor_key
WHERE a.experiment != b.experiment
GROUP BY experiment, other, variation, other_variation;
