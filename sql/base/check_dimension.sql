-- Grain: one row, ok = 0, or an error.
-- Parameters: site, by String.
-- Definition: a segment that is not there, or an experiment or a key of profiles that the site has not, is an error that lists those that are; any other `by` is
--   for check_by.
-- Source: segment_names, experiments, profile_values.
CREATE OR REPLACE VIEW footfall.check_dimension AS
SELECT
    throwIf(
        startsWith({by:String}, 'segment:') AND replaceRegexpOne({by:String}, '^segment:!?', '') NOT IN (SELECT segment FROM footfall.segment_names),
        concat('unknown segment ''', replaceRegexpOne({by:String}, '^segment:!?', ''), '''; segments: ',
            (SELECT arrayStringConcat(arraySort(groupArray(segment)), ', ') FROM footfall.segment_names)))
    + throwIf(
        startsWith({by:String}, 'variation:') AND substring({by:String}, 11) NOT IN (SELECT experiment FROM footfall.experiments WHERE site = {site:String}),
        concat('unknown experiment ''', substring({by:String}, 11), '''; experiments: ',
            (SELECT arrayStringConcat(arraySort(groupUniqArray(experiment)), ', ') FROM footfall.experiments WHERE site = {site:String})))
    + throwIf(
        startsWith({by:String}, 'profile:') AND substring({by:String}, 9) NOT IN (SELECT key FROM footfall.profile_values WHERE site = {site:String}),
        concat('unknown profile key ''', substring({by:String}, 9), '''; keys: ',
            (SELECT arrayStringConcat(arraySort(groupUniqArray(key)), ', ') FROM footfall.profile_values WHERE site = {site:String}))) AS ok;
