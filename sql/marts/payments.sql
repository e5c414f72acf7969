-- Grain: one payment type × error; error '' is what succeeded.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: attempts = payment_attempt events of params.payment_type; those with error X are its payment_failed events of
--   params.error_code X ('(unknown)' without one); succeeded = attempts − failed. success_rate: of the whole type and dimension.
--   lost_value = value of failed payments in sessions without an order at or after, the site's currency by the rate of the day;
--   values without a rate are left out.
-- Source: visit_events, orders_fact, fx_rates.
CREATE OR REPLACE VIEW footfall.payments AS
WITH
    site_zone({site:String}) AS zone,
    site_currency({site:String}) AS reporting_currency
SELECT
    payment_type,
    error,
    dimension,
    toUInt64(greatest(0, if(error = '', tried - failed_all, failed))) AS attempts,
    if(error = '', attempts, toUInt64(0)) AS succeeded,
    if(tried = 0, NULL, greatest(0, tried - failed_all) / tried) AS success_rate,
    site_money({site:String}, lost) AS lost_value
FROM
(
    SELECT
        payment_type,
        error,
        dimension,
        toInt64(countIf(event_name = 'payment_failed')) AS failed,
        toInt64(sum(countIf(event_name = 'payment_attempt')) OVER w) AS tried,
        toInt64(sum(countIf(event_name = 'payment_failed')) OVER w) AS failed_all,
        sum(lost_) AS lost
    FROM
    (
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
            site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone),
            names = ['payment_attempt', 'payment_failed'], by = {by:String}) AS e
        LEFT ANY JOIN
        (
            SELECT session_id, max(at) AS last_order FROM footfall.orders_fact WHERE site = {site:String} GROUP BY session_id
        ) AS o ON o.session_id = e.session_id
        ASOF LEFT JOIN
        (
            SELECT toString(from_currency) AS from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
        ) AS f ON f.from_currency = toString(e.currency) AND toDate(e.event_time, site_zone({site:String})) >= f.day
    )
    GROUP BY payment_type, error, dimension
    WINDOW w AS (PARTITION BY payment_type, dimension)
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
ORDER BY payment_type, error, dimension;
