-- Grain: one payment type × error; error '' is what succeeded.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: attempts = payment_attempt events of params.payment_type; those with error X are its payment_failed events of
--   params.error_code X ('(unknown)' without one); succeeded = attempts − failed. success_rate: of the whole type and dimension.
--   lost_value = value of the last failed payment of each session without an order at or after it, the site's currency by the rate of the
--   day; values without a rate are left out.
-- Source: payment_rows.
CREATE OR REPLACE VIEW footfall.payments AS
WITH
    site_zone({site:String}) AS zone
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
        SELECT event_name, payment_type, error, dimension, lost AS lost_
        FROM footfall.payment_rows(
            site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone), by = dated_by({by:String}, {since:Date}))
    )
    GROUP BY payment_type, error, dimension
    WINDOW w AS (PARTITION BY payment_type, dimension)
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
ORDER BY payment_type, error, dimension;
