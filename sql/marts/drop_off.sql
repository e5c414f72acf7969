-- Grain: one step × kind of finding × finding, the step that loses most people first.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64 as in funnel.
-- Definition: the people dropped at a step (the window from their step before has passed): kind exit_page (last page from the step
--   before on), next_event (first event after it), device (of the session that opened the window), signal (error, slow_page,
--   zero_result_search, shipping_shown, payment_failed, out_of_stock, after the step before). lost = people of the finding; share_lost = of the people lost at the step; share_kept = of
--   those who passed it; lift = share_lost / share_kept; difference = share_lost − share_kept with its 95 % interval (two proportions,
--   Agresti–Caffo). An association, not a cause.
-- Source: lost_signals.
CREATE OR REPLACE VIEW footfall.drop_off AS
SELECT
    step,
    {steps:Array(String)}[step] AS step_name,
    kind,
    finding,
    people_lost,
    people_kept,
    lost,
    if(people_lost = 0, NULL, lost / people_lost) AS share_lost,
    if(people_kept = 0, NULL, kept / people_kept) AS share_kept,
    if(share_kept = 0, NULL, share_lost / share_kept) AS lift,
    share_lost - share_kept AS difference,
    (lost + 1) / (people_lost + 2) AS p1,
    (kept + 1) / (people_kept + 2) AS p2,
    if(people_lost = 0 OR people_kept = 0, NULL, p1 - p2 - 1.959963984540054 * sqrt(p1 * (1 - p1) / (people_lost + 2) + p2 * (1 - p2) / (people_kept + 2))) AS difference_low,
    if(people_lost = 0 OR people_kept = 0, NULL, p1 - p2 + 1.959963984540054 * sqrt(p1 * (1 - p1) / (people_lost + 2) + p2 * (1 - p2) / (people_kept + 2))) AS difference_high
FROM
(
    SELECT
        step,
        f.1 AS kind,
        f.2 AS finding,
        sum(lost_) AS lost,
        sum(kept_) AS kept,
        -- Each person has one device, so that these are all people of the step.
        sum(sumIf(lost_, kind = 'device')) OVER (PARTITION BY step) AS people_lost,
        sum(sumIf(kept_, kind = 'device')) OVER (PARTITION BY step) AS people_kept
    FROM
    (
        SELECT
            step,
            arrayJoin(arrayConcat([('exit_page', exit_page), ('next_event', next_event), ('device', device)], arrayMap(x -> ('signal', x), signals))) AS f,
            lost_,
            kept_
        FROM
        (
            SELECT step, exit_page, next_event, device, signals, countIf(stopped) AS lost_, countIf(NOT stopped) AS kept_
            FROM footfall.lost_signals(
                site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64})
            GROUP BY step, exit_page, next_event, device, signals
        )
    )
    GROUP BY step, kind, finding
)
WHERE (SELECT ok FROM footfall.check_funnel(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = '', grain = 'day', by = '')) = 0
ORDER BY people_lost DESC, step, kind, lost DESC, finding;
