-- Grain: one transaction of a person (bots out) of a site.
-- Parameters: site String.
-- Definition: money in minor units of the site's currency by the rate of the order's local day, NULL without one: net as
--   reporting_net of orders_fact; refunded = gross − net; discount; margin = net − unit cost × quantity of all lines as bought
--   (what came back is not put back into stock), NULL where a cost is unknown. minor_rate: from minor units of `currency`.
--   number = the person's how-manieth order, by (at, transaction).
-- Source: orders_fact, fx_rates.
CREATE OR REPLACE VIEW footfall.site_orders AS
SELECT
    o.transaction AS transaction,
    o.person_id AS person_id,
    o.visitor_id AS visitor_id,
    o.session_id AS session_id,
    o.at AS at,
    o.day AS day,
    ifNull(o.currency, '') AS currency,
    o.coupon AS coupon,
    o.items AS items,
    o.net AS net_sent,
    multiIf(
        ifNull(o.currency, '') = site_currency({site:String}) OR (o.gross = 0 AND o.net = 0), toNullable(1.),
        f.rate > 0 AND f.day >= o.day - 7, toNullable(minor_rate(f.rate, ifNull(o.currency, ''), site_currency({site:String}))),
        NULL) AS minor_rate,
    o.reporting_net AS net,
    toInt64(round(o.gross * minor_rate)) AS gross,
    gross - net AS refunded,
    toInt64(round(o.discount * minor_rate)) AS discount,
    toInt64(arraySum(i -> i.quantity, o.items)) AS quantity,
    if(notEmpty(o.items) AND NOT arrayExists(i -> i.cost IS NULL, o.items),
        toInt64(round(arraySum(i -> assumeNotNull(i.cost) * i.quantity, o.items) * minor_rate)),
        NULL) AS goods,
    net - goods AS margin,
    row_number() OVER (PARTITION BY o.person_id ORDER BY o.at, o.transaction) AS number
FROM footfall.orders_fact AS o
ASOF LEFT JOIN
(
    SELECT toString(from_currency) AS from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
) AS f ON f.from_currency = ifNull(o.currency, '') AND o.day >= f.day
WHERE o.site = {site:String} AND NOT o.bot;
