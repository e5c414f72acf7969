-- Grain: one unit of an experiment, as in experiment_units, with its dimension.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension that sessions have).
-- Definition: dimension = that of the first exposure's session, so that it never changes; started_at = that session's start.
-- Source: experiment_units, experiments, session_rows, session_aliases.
CREATE OR REPLACE VIEW footfall.experiment_dimensioned AS
WITH (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop
SELECT
    x.number AS number,
    x.unit AS unit,
    x.bot AS bot,
    x.exposed_ms AS exposed_ms,
    x.first_arm AS first_arm,
    x.multiple AS multiple,
    x.arm AS arm,
    s.dimension AS dimension,
    s.started_at AS started_at
FROM footfall.experiment_units(site = {site:String}, experiment = {experiment:String}) AS x
LEFT ANY JOIN (SELECT cityHash64(session_id) AS session_key, cityHash64(root) AS root_key FROM footfall.session_aliases FINAL WHERE site = shop) AS a
    ON a.session_key = x.session_key
LEFT ANY JOIN
(
    SELECT
        session_key,
        started_at,
        session_dimension({by:String}, channel, source, medium, campaign, term, content, country, language, device, platform, browser, landing_page) AS dimension
    FROM footfall.session_rows FINAL
    WHERE site = shop AND NOT tombstone
) AS s ON s.session_key = if(a.root_key = 0, x.session_key, a.root_key)
SETTINGS do_not_merge_across_partitions_select_final = 1;
