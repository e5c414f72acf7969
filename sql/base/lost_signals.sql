-- Grain: one person × step at which they stopped for good, or that they passed.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64.
-- Definition: stopped = dropped at the step (funnel's words), else passed it. Within the attempt's window from the step before on:
--   exit_page and next_event of what they did after the step before; signals: error, slow_page (LCP > 2,500 ms), zero_result_search,
--   shipping_shown, payment_failed, out_of_stock. Of those who passed, what lay between the two steps.
-- Source: funnel_steps, visit_events.
CREATE OR REPLACE VIEW footfall.lost_signals AS
WITH site_zone({site:String}) AS zone
SELECT
    f.person_id AS person_id,
    f.step AS step,
    f.step_name AS step_name,
    f.stopped AS stopped,
    arrayFilter(x -> x.1 > f.from_ms AND x.1 < f.to_ms, e.seen) AS after,
    if(empty(after), '(nothing)', after[1].2) AS next_event,
    if(empty(arrayFilter(x -> x.3 != '', after)), '(none)', arrayFilter(x -> x.3 != '', after)[-1].3) AS exit_page,
    e.device AS device,
    arrayDistinct(arrayFilter(x -> x != '', arrayMap(x -> x.4, after))) AS signals
FROM
(
    SELECT
        person_id,
        step,
        any(step_name) AS step_name,
        any(dropped) AS stopped,
        max(reached_ms) AS at_ms,
        any(previous_ms) AS from_ms,
        if(stopped, any(entered_ms) + {within:UInt64} * 1000 + 1, at_ms) AS to_ms
    FROM
    (
        SELECT
            person_id,
            step,
            step_name,
            dropped,
            reached,
            optional,
            toInt64(toUnixTimestamp64Milli(entered_at)) AS entered_ms,
            ifNull(toUnixTimestamp64Milli(reached_at), 0) AS reached_ms,
            max(if(optional, 0, ifNull(toUnixTimestamp64Milli(reached_at), 0))) OVER (PARTITION BY person_id ORDER BY step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_ms
        FROM footfall.funnel_steps(
            site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
            mode = '', grain = '', by = 'device')
    )
    WHERE step > 1 AND NOT optional AND (dropped OR reached)
    GROUP BY person_id, step
) AS f
LEFT ANY JOIN
(
    SELECT
        person_id,
        argMin(dimension, (event_time, event_id)) AS device,
        arraySort(groupArray((
            toInt64(toUnixTimestamp64Milli(event_time)),
            toString(event_name),
            page_path(page_location),
            event_signal(event_name, metrics, items_in_stock)))) AS seen
    FROM footfall.visit_events(
        site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone) + toIntervalSecond({within:UInt64} + 1),
        names = [''], by = 'device')
    GROUP BY person_id
) AS e ON e.person_id = f.person_id;
