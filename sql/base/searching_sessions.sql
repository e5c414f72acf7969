-- Grain: one session of a person (bots out) with a search that starts before `end`.
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: found = its searches from start on, those up to 48 h after end too, in order: time in ms, term (lower case, spaces single and
--   trimmed), metrics.search_results (-1: none), whether it lies in [start, end), page; clicks = times of its select_item and view_item.
-- Source: event_rows, visit_ids.
CREATE OR REPLACE VIEW footfall.searching_sessions AS
SELECT
    v.session_key AS session_key,
    any(v.person_key) AS person_key,
    any(v.exit_path) AS exit_path,
    arraySort(groupArrayIf(
        (toUnixTimestamp64Milli(r.event_time),
         trimBoth(replaceRegexpAll(lowerUTF8(r.search_term), '\\s+', ' ')),
         ifNull(r.results, -1.),
         r.event_time >= {start:DateTime64(3, 'UTC')} AND r.event_time < {end:DateTime64(3, 'UTC')},
         toString(r.page)),
        r.event_name = 'search')) AS found,
    groupArrayIf(toUnixTimestamp64Milli(r.event_time), r.event_name != 'search') AS clicks
FROM
(
    SELECT session_key, event_time, event_name, search_term, page, metric_of(metrics, 'search_results') AS results
    FROM footfall.event_rows FINAL
    PREWHERE event_name IN ('search', 'select_item', 'view_item')
    WHERE site = {site:String} AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
) AS r
-- Only sessions with a search: without the others there is less to look up.
INNER JOIN
(
    SELECT raw_session_key, session_key, person_key, exit_path
    FROM footfall.visit_ids(site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 48 HOUR, end = {end:DateTime64(3, 'UTC')}, by = '')
    WHERE has(event_names, 'search')
) AS v ON v.raw_session_key = r.session_key
GROUP BY v.session_key
HAVING notEmpty(found)
SETTINGS do_not_merge_across_partitions_select_final = 1;
