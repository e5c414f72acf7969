-- Grain: one path × dimension with a page_timing or an exception.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: samples = page_timing events; percentiles (p75 is what counts) of those that carry the metric, ms; share_good = of
--   samples with LCP, those with LCP ≤ 2,500 ms, INP ≤ 200 ms and CLS ≤ 0.1, a missing INP or CLS not held against it;
--   error_sessions = sessions with an exception on the path; of its sessions, fast (median LCP there ≤ 2,500 ms) and slow:
--   bounce_rate and conversion_rate (an order in the session).
-- Source: visit_events, orders_fact.
CREATE OR REPLACE VIEW footfall.page_performance AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    toString(page) AS path,
    toString(few) AS dimension,
    sum(n) AS samples,
    quantileExactInclusiveOrNullArray(0.5)(ttfb) AS ttfb_p50,
    quantileExactInclusiveOrNullArray(0.75)(ttfb) AS ttfb_p75,
    quantileExactInclusiveOrNullArray(0.95)(ttfb) AS ttfb_p95,
    quantileExactInclusiveOrNullArray(0.5)(lcp) AS lcp_p50,
    quantileExactInclusiveOrNullArray(0.75)(lcp) AS lcp_p75,
    quantileExactInclusiveOrNullArray(0.95)(lcp) AS lcp_p95,
    quantileExactInclusiveOrNullArray(0.5)(inp) AS inp_p50,
    quantileExactInclusiveOrNullArray(0.75)(inp) AS inp_p75,
    quantileExactInclusiveOrNullArray(0.95)(inp) AS inp_p95,
    quantileExactInclusiveOrNullArray(0.5)(load) AS load_p50,
    quantileExactInclusiveOrNullArray(0.75)(load) AS load_p75,
    quantileExactInclusiveOrNullArray(0.95)(load) AS load_p95,
    quantileExactInclusiveOrNullArray(0.75)(layout_shifts) AS cls_p75,
    if(sum(length(lcp)) = 0, NULL, sum(good) / sum(length(lcp))) AS share_good,
    countIf(errors > 0) AS error_sessions,
    countIf(pace = 'fast') AS fast_sessions,
    countIf(pace = 'slow') AS slow_sessions,
    if(fast_sessions = 0, NULL, countIf(pace = 'fast' AND NOT engaged) / fast_sessions) AS bounce_rate_fast,
    if(slow_sessions = 0, NULL, countIf(pace = 'slow' AND NOT engaged) / slow_sessions) AS bounce_rate_slow,
    if(fast_sessions = 0, NULL, countIf(pace = 'fast' AND converted) / fast_sessions) AS conversion_rate_fast,
    if(slow_sessions = 0, NULL, countIf(pace = 'slow' AND converted) / slow_sessions) AS conversion_rate_slow
FROM
(
    SELECT
        page,
        -- Groups of a String would be found slowly.
        toLowCardinality(e.dimension) AS few,
        session_key,
        any(engaged) AS engaged,
        session_key IN (SELECT session_key FROM footfall.orders_fact WHERE site = {site:String}) AS converted,
        countIf(event_name = 'page_timing') AS n,
        countIf(event_name = 'exception') AS errors,
        groupArray(ttfb_ms) AS ttfb,
        groupArray(lcp_ms) AS lcp,
        groupArray(inp_ms) AS inp,
        groupArray(load_ms) AS load,
        groupArray(cls) AS layout_shifts,
        countIf(lcp_ms <= 2500 AND ifNull(inp_ms, 0) <= 200 AND ifNull(cls, 0) <= 0.1) AS good,
        multiIf(empty(lcp), '', arrayReduce('quantileExactInclusive(0.5)', lcp) <= 2500, 'fast', 'slow') AS pace
    FROM footfall.visit_events(site = {site:String}, start = start, end = end, names = ['page_timing', 'exception'], by = dated_by({by:String}, {since:Date})) AS e
    GROUP BY page, few, session_key
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY page, few
HAVING samples > 0 OR error_sessions > 0
ORDER BY samples DESC, path, dimension;
