-- Grain: one person × step at which they stopped for good, or that they passed.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64.
-- Definition: stopped = dropped at the step (funnel's words), else passed it. Within the attempt's window from the step before on, of
--   those who passed what lay between the two steps: next_event = the first after the step before; exit_page = the last page, that of the
--   step before too; signals: error, slow_page (LCP > 2,500 ms), zero_result_search, shipping_shown, payment_failed, out_of_stock.
--   device = of the session that opened the window.
-- Source: funnel_steps, person_events.
CREATE OR REPLACE VIEW footfall.lost_signals AS
WITH site_zone({site:String}) AS zone
SELECT
    f.person_key AS person_key,
    f.step AS step,
    any(f.step_name) AS step_name,
    any(f.stopped) AS stopped,
    any(f.device) AS device,
    argMinIf(e.name, (e.at_ms, e.event_id), e.at_ms > f.from_ms AND e.at_ms < f.to_ms) AS first_event,
    argMaxIf(e.page, (e.at_ms, e.event_id), e.at_ms >= f.from_ms AND e.at_ms < f.to_ms AND e.page != '') AS last_page,
    if(first_event = '', '(nothing)', first_event) AS next_event,
    if(last_page = '', '(none)', last_page) AS exit_page,
    groupUniqArrayIf(e.signal, e.at_ms > f.from_ms AND e.at_ms < f.to_ms AND e.signal != '') AS signals
FROM
(
    SELECT
        person_key,
        event_id,
        toString(event_name) AS name,
        page,
        toInt64(toUnixTimestamp64Milli(event_time)) AS at_ms,
        signal
    FROM footfall.person_events(
        site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone) + toIntervalSecond({within:UInt64} + 1),
        names = [''], by = '')
) AS e
RIGHT JOIN
(
    SELECT
        person_key,
        step,
        any(step_name) AS step_name,
        any(dropped) AS stopped,
        any(dimension) AS device,
        max(reached_ms) AS at_ms,
        any(previous_ms) AS from_ms,
        if(stopped, any(entered_ms) + {within:UInt64} * 1000 + 1, at_ms) AS to_ms
    FROM
    (
        SELECT
            person_key,
            step,
            step_name,
            dropped,
            reached,
            optional,
            dimension,
            toInt64(toUnixTimestamp64Milli(entered_at)) AS entered_ms,
            ifNull(toUnixTimestamp64Milli(reached_at), 0) AS reached_ms,
            max(if(optional, 0, ifNull(toUnixTimestamp64Milli(reached_at), 0))) OVER (PARTITION BY person_key ORDER BY step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_ms
        FROM footfall.funnel_steps(
            site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
            mode = '', grain = '', by = 'device')
    )
    WHERE step > 1 AND NOT optional AND (dropped OR reached)
    GROUP BY person_key, step
) AS f ON f.person_key = e.person_key
GROUP BY person_key, step;
