-- Grain: one person × step at which they stopped for good, or that they passed.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64.
-- Definition: stopped = dropped at the step (funnel's words), else passed it. Within the attempt's window from the step before on, of
--   those who passed what lay between the two steps: next_event = the first after the step before (of equal times by
--   a hash of its name); exit_page = the last page, that of the step before too (of equal times
--   by a hash of it); signals: error, slow_page (LCP > 2,500 ms), zero_result_search, shipping_shown, payment_failed, out_of_stock.
--   device = of the session that opened the window.
-- Source: funnel_attempts, visit_ids, event_rows.
CREATE OR REPLACE VIEW footfall.lost_signals AS
WITH
    site_zone({site:String}) AS zone,
    arrayFilter((i, s) -> NOT step_optional(s), arrayEnumerate({steps:Array(String)}), {steps:Array(String)}) AS required
SELECT
    person_key,
    passed.1 AS step,
    any(passed.2) AS stopped,
    any(device_) AS device,
    -- One number to compare by: time, then a hash, so that the order is the same whatever came in first.
    argMinIf(name, place + cityHash64(name), at_ms > passed.3 AND at_ms < passed.4) AS first_event,
    argMaxIf(page, place + cityHash64(page), at_ms < passed.4 AND page != '') AS last_page,
    if(first_event = '', '(nothing)', toString(first_event)) AS next_event,
    if(last_page = '', '(none)', toString(last_page)) AS exit_page,
    arraySort(groupUniqArrayIf(signal, at_ms > passed.3 AND at_ms < passed.4 AND signal != '')) AS signals
FROM
(
    -- In a query of its own: an arrayJoin over a lambda would be worked out once for each column that reads it. The event of the step before
    -- is always in, so that nobody is lost of whom there is nothing else.
    SELECT
        v.person_key AS person_key,
        e.name AS name,
        e.page AS page,
        e.signal AS signal,
        e.at_ms AS at_ms,
        bitShiftLeft(toUInt128(e.at_ms), 64) AS place,
        v.device AS device_,
        arrayJoin(arrayFilter(s -> e.at_ms >= s.3 AND (e.at_ms < s.4 OR e.at_ms = s.3), v.steps)) AS passed
    FROM
    (
        SELECT
            session_key,
            event_name AS name,
            page,
            toInt64(toUnixTimestamp64Milli(event_time)) AS at_ms,
            signal
        FROM footfall.event_rows FINAL
        WHERE site = {site:String}
            AND event_time >= day_start({since:Date}, zone) AND event_time < day_start({until:Date} + 1, zone) + toIntervalSecond({within:UInt64} + 1)
    ) AS e
    -- Only sessions that lie in somebody's window, so that most events go no further.
    INNER JOIN
    (
        SELECT s.raw_session_key AS raw_session_key, f.person_key AS person_key, f.device AS device, f.steps AS steps
        FROM footfall.visit_ids(
            site = {site:String}, start = day_start({since:Date}, zone) - INTERVAL 48 HOUR,
            end = day_start({until:Date} + 1, zone) + toIntervalSecond({within:UInt64} + 1), by = '') AS s
        INNER JOIN
        (
            SELECT
                person_key,
                dimension AS device,
                -- (step, stopped, from when, to when) of each required step after the first that they passed or stopped at for good.
                arrayFilter(x -> x.1 > 0, arrayMap(
                    r -> if(r > depth AND open,
                        (toUInt8(0), toUInt8(0), toInt64(0), toInt64(0)),
                        (
                            toUInt8(required[r]),
                            toUInt8(r > depth),
                            toInt64(step_times[required[r - 1]]),
                            toInt64(if(r > depth, entered_ms + {within:UInt64} * 1000 + 1, step_times[required[r]])))),
                    range(2, least(depth + 1, length(required)) + 1))) AS steps,
                arrayMin(steps.3) AS first_ms,
                arrayMax(steps.4) AS last_ms
            FROM footfall.funnel_attempts(
                site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
                mode = '', grain = '', by = 'device')
            WHERE notEmpty(steps)
        ) AS f ON f.person_key = s.person_key
        WHERE toUnixTimestamp64Milli(s.started_at) <= f.last_ms AND toUnixTimestamp64Milli(s.ended_at) >= f.first_ms
    ) AS v ON v.raw_session_key = e.session_key
)
GROUP BY person_key, step
SETTINGS do_not_merge_across_partitions_select_final = 1;
