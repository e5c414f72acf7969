-- Grain: one bucket of the time from the first step to the last.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64 as in funnel.
-- Definition: people who reached the last step, by the seconds of their shown attempt; a bucket is from_seconds ≤ x <
--   to_seconds, of the last one to_seconds = within is in. mature_people = those of them who got there by an attempt whose
--   whole window as_of has passed: who has converted so far in an open one was quick. share = mature_people / all of them;
--   median_seconds and p90_seconds are of all mature_people, the same in each row; NULL where there are none. mature = the
--   window of at least one entrant has passed.
-- Source: funnel_attempts.
CREATE OR REPLACE VIEW footfall.time_to_convert AS
WITH
    arrayFilter(x -> x < {within:UInt64}, [0, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 259200, 604800, 1209600, 2592000, 5184000, 7776000, 15552000]) AS bounds
SELECT
    bucket,
    toUInt64(bounds[bucket]) AS from_seconds,
    if(bucket = length(bounds), {within:UInt64}, toUInt64(bounds[bucket + 1])) AS to_seconds,
    arrayCount(x -> x >= from_seconds AND (x < to_seconds OR bucket = length(bounds)), seconds) AS people,
    arrayCount(x -> x >= from_seconds AND (x < to_seconds OR bucket = length(bounds)), mature_seconds) AS mature_people,
    if(empty(mature_seconds), NULL, mature_people / length(mature_seconds)) AS share,
    if(empty(mature_seconds), NULL, arrayReduce('quantileExactInclusive(0.5)', mature_seconds)) AS median_seconds,
    if(empty(mature_seconds), NULL, arrayReduce('quantileExactInclusive(0.9)', mature_seconds)) AS p90_seconds,
    mature
FROM
(
    SELECT
        groupArrayIf((step_times[-1] - entered_ms) / 1000, step_times[-1] > 0) AS seconds,
        groupArrayIf((step_times[-1] - entered_ms) / 1000, step_times[-1] > 0 AND mature_depth = depth) AS mature_seconds,
        toUInt8(countIf(mature_depth > 0) > 0) AS mature
    FROM footfall.funnel_attempts(
        site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
        mode = '', grain = '', by = '')
)
ARRAY JOIN arrayEnumerate(bounds) AS bucket
WHERE (SELECT ok FROM footfall.check_funnel(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = '', grain = 'day', by = '')) = 0
ORDER BY bucket;
