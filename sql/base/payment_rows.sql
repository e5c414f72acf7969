-- Grain: one payment_attempt or payment_failed event in [start, end), bots out.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: error = params.error_code of a failure, '(unknown)' without one, '' of an attempt; lost_ = value of a failure in a session
--   without an order at or after it, minor units of the site's currency by the rate of the day, 0 without one.
-- Source: visit_events, orders_fact, fx_rates.
CREATE OR REPLACE VIEW footfall.payment_rows AS
WITH
    site_zone({site:String}) AS zone,
    site_currency({site:String}) AS reporting_currency
SELECT
    e.event_name AS event_name,
    e.params['payment_type'] AS payment_type,
    if(e.event_name = 'payment_attempt', '', if(e.params['error_code'] = '', '(unknown)', e.params['error_code'])) AS error,
    e.dimension AS dimension,
    toInt64(ifNull(if(e.event_name = 'payment_failed' AND o.last_order < e.event_time,
        multiIf(
            e.currency = reporting_currency OR e.value = 0, toFloat64(e.value),
            f.rate > 0 AND f.day >= toDate(e.event_time, zone) - 7, round(e.value * minor_rate(f.rate, toString(e.currency), reporting_currency)),
            0.),
        0.), 0)) AS lost_
FROM footfall.visit_events(
    site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')},
    names = ['payment_attempt', 'payment_failed'], by = {by:String}) AS e
LEFT ANY JOIN
(
    SELECT session_id, max(at) AS last_order FROM footfall.orders_fact WHERE site = {site:String} GROUP BY session_id
) AS o ON o.session_id = e.session_id
ASOF LEFT JOIN
(
    SELECT toString(from_currency) AS from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
) AS f ON f.from_currency = toString(e.currency) AND toDate(e.event_time, site_zone({site:String})) >= f.day;
