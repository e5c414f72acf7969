-- Grain: one row, ok = 0, or an error.
-- Parameters: site String, since, until Date, grain, by String.
-- Definition: what most views ask of their parameters: a known site, since not after until, at most ten years, a known grain
--   and dimension ('day' and '' where a view has none). check_site and check_dimension, in one query: each view of its own would
--   cost as much to plan.
-- Source: sites, site_gaps, segment_names, experiments, profile_values.
CREATE OR REPLACE VIEW footfall.check_period AS
WITH
    -- Sites, segments, experiments, keys of profiles: messages must be constants, so that they come from one scalar subquery.
    (
        SELECT (
            arraySort(groupUniqArrayIf(name, kind = 'site')),
            arraySort(groupUniqArrayIf(name, kind = 'segment')),
            arraySort(groupUniqArrayIf(name, kind = 'experiment')),
            arraySort(groupUniqArrayIf(name, kind = 'profile')))
        FROM
        (
            SELECT 'site' AS kind, toString(site) AS name FROM footfall.sites
            UNION ALL SELECT 'site', toString(site) FROM footfall.site_gaps
            UNION ALL SELECT 'segment', segment FROM footfall.segment_names WHERE startsWith({by:String}, 'segment:')
            UNION ALL SELECT 'experiment', toString(experiment) FROM footfall.experiments WHERE startsWith({by:String}, 'variation:') AND site = {site:String}
            UNION ALL SELECT 'profile', toString(key) FROM footfall.profile_values WHERE startsWith({by:String}, 'profile:') AND site = {site:String}
        )
    ) AS known
SELECT
    throwIf(NOT has(known.1, {site:String}), concat('unknown site ''', {site:String}, '''; sites: ', arrayStringConcat(known.1, ', ')))
    + throwIf({since:Date} > {until:Date}, concat('since ', toString({since:Date}), ' is after until ', toString({until:Date})))
    + throwIf({until:Date} - {since:Date} > 3660, 'since and until are more than 3660 days apart')
    + check_grain({grain:String})
    + check_by({by:String})
    + throwIf(
        startsWith({by:String}, 'segment:') AND NOT has(known.2, segment_of({by:String})),
        concat('unknown segment ''', segment_of({by:String}), '''; segments: ', arrayStringConcat(known.2, ', ')))
    + throwIf(
        startsWith({by:String}, 'variation:') AND NOT has(known.3, substring({by:String}, 11)),
        concat('unknown experiment ''', substring({by:String}, 11), '''; experiments: ', arrayStringConcat(known.3, ', ')))
    + throwIf(
        startsWith({by:String}, 'profile:') AND NOT has(known.4, substring({by:String}, 9)),
        concat('unknown profile key ''', substring({by:String}, 9), '''; keys: ', arrayStringConcat(known.4, ', '))) AS ok;
