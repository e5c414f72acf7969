-- Grain: one local day of opening × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), by String (of the session that opened the cart).
-- Definition: carts as cart_rows; abandoned = no order within 24 h of the last add or remove; abandonment_rate = abandoned / carts,
--   NULL while one of the day's is open; value_abandoned in the site's currency; recovered = an order at most 7 days after;
--   recovery_rate = recovered / abandoned, NULL until those days have passed for all; shares of the abandoned by the last thing
--   that happened: a payment that failed, shipping shown, neither.
-- Source: cart_rows, as_of.
CREATE OR REPLACE VIEW footfall.carts AS
WITH site_zone({site:String}) AS zone
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    countIf(there) AS carts,
    countIf(state = 'abandoned') AS abandoned,
    if(carts = 0 OR countIf(state = 'open') > 0, NULL, abandoned / carts) AS abandonment_rate,
    site_money({site:String}, sumIf(value, state = 'abandoned')) AS value_abandoned,
    countIf(came_back) AS recovered,
    if(abandoned = 0 OR countIf(state = 'open') > 0 OR countIf(state = 'abandoned' AND NOT recovery_mature) > 0, NULL, recovered / abandoned) AS recovery_rate,
    if(abandoned = 0, NULL, countIf(state = 'abandoned' AND reason = 'payment_failed') / abandoned) AS share_payment_failed,
    if(abandoned = 0, NULL, countIf(state = 'abandoned' AND reason = 'add_shipping_info') / abandoned) AS share_shipping_shown,
    if(abandoned = 0, NULL, countIf(state = 'abandoned' AND reason = 'left') / abandoned) AS share_left,
    toUInt8(countIf(state = 'open') = 0) AS mature
FROM
(
    SELECT toDate(opened_at, zone) AS period, dimension, state, value, recovered AS came_back, recovery_mature, reason, 1 AS there
    FROM footfall.cart_rows(
        site = {site:String}, start = day_start({since:Date}, zone), end = day_start({until:Date} + 1, zone), by = dated_by({by:String}, {since:Date}))
    UNION ALL
    SELECT arrayJoin(period_list({since:Date}, least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)), 'day')), '', '', 0, 0, 1, '', 0
    WHERE {by:String} = ''
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY period, dimension
ORDER BY period, dimension;
