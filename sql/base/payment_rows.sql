-- Grain: one payment_attempt or payment_failed of a person (bots out) in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: payment_type = params.payment_type; error = params.error_code of a failure ('(unknown)' without one), '' of an attempt; lost =
--   value of the last failure of its session, where no order of the session came at or after it, minor units of the site's currency by
--   the rate of the day (without a rate: 0), else 0: trying again loses nothing more.
-- Source: visit_events, orders_fact, fx_rates.
CREATE OR REPLACE VIEW footfall.payment_rows AS
WITH
    site_zone({site:String}) AS zone,
    site_currency({site:String}) AS reporting_currency
SELECT
    e.event_name AS event_name,
    e.payment_type AS payment_type,
    if(e.event_name = 'payment_attempt', '', if(e.error_code = '', '(unknown)', e.error_code)) AS error,
    e.dimension AS dimension,
    toInt64(ifNull(if(e.is_last AND o.last_order < e.event_time,
        multiIf(
            e.currency = reporting_currency OR e.value = 0, toFloat64(e.value),
            f.rate > 0 AND f.day >= toDate(e.event_time, zone) - 7, round(e.value * minor_rate(f.rate, e.currency, reporting_currency)),
            0.),
        0.), 0)) AS lost
FROM
(
    SELECT
        event_name,
        event_time,
        params['payment_type'] AS payment_type,
        params['error_code'] AS error_code,
        toString(currency) AS currency,
        value,
        dimension,
        session_key,
        event_name = 'payment_failed' AND (event_time, event_id) = max(if(event_name = 'payment_failed', (event_time, event_id), (toDateTime64(0, 3, 'UTC'), ''))) OVER (PARTITION BY session_key) AS is_last
    FROM footfall.visit_events(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')},
        names = ['payment_attempt', 'payment_failed'], by = {by:String})
) AS e
LEFT ANY JOIN
(
    SELECT session_key, max(at) AS last_order FROM footfall.orders_fact WHERE site = {site:String} GROUP BY session_key
) AS o ON o.session_key = e.session_key
ASOF LEFT JOIN
(
    SELECT toString(from_currency) AS from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
) AS f ON f.from_currency = e.currency AND toDate(e.event_time, site_zone({site:String})) >= f.day;
