-- Grain: one transaction of a person (bots out) of a site.
-- Parameters: site String.
-- Definition: money in minor units of the site's currency by the rate of the order's local day, NULL without one: net as
--   reporting_net of orders_fact; refunded = gross − net; discount; margin = net − unit cost × quantity of all lines as bought
--   (what came back is not put back into stock), NULL where a cost is unknown. minor_rate: from minor units of `currency`.
--   number = the person's how-manieth order, by (at, transaction).
-- Source: orders_fact.
CREATE OR REPLACE VIEW footfall.site_orders AS
SELECT
    transaction,
    person_id,
    person_key,
    visitor_id,
    session_user_id,
    session_id,
    session_key,
    at,
    day,
    currency,
    coupon,
    items,
    net_sent,
    minor_rate,
    net,
    gross,
    gross - net AS refunded,
    discount,
    quantity,
    goods,
    net - goods AS margin,
    row_number() OVER (PARTITION BY person_key ORDER BY at, transaction) AS number
FROM
(
    SELECT
        o.transaction AS transaction,
        o.person_id AS person_id,
        o.person_key AS person_key,
        o.visitor_id AS visitor_id,
        o.session_user_id AS session_user_id,
        o.session_id AS session_id,
        o.session_key AS session_key,
        o.at AS at,
        o.day AS day,
        ifNull(o.currency, '') AS currency,
        o.coupon AS coupon,
        o.items AS items,
        o.net AS net_sent,
        o.minor_rate AS minor_rate,
        o.reporting_net AS net,
        toInt64(round(o.gross * o.minor_rate)) AS gross,
        toInt64(round(o.discount * o.minor_rate)) AS discount,
        toInt64(arraySum(o.items.quantity)) AS quantity,
        if(notEmpty(o.items) AND NOT arrayExists(c -> c IS NULL, o.items.cost),
            toInt64(round(arraySum((c, q) -> assumeNotNull(c) * q, o.items.cost, o.items.quantity) * o.minor_rate)),
            NULL) AS goods
    FROM footfall.orders_fact AS o
    WHERE o.site = {site:String} AND NOT o.bot
);
