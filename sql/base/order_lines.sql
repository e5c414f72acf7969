-- Grain: one line of a transaction of a person (bots out) bought in [start, end); a transaction without lines has one, item_id ''.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: net and gross, minor units of the site's currency, shared over the lines by price × quantity (evenly where all
--   are 0), largest remainder, ties to the lower line, so that lines sum to their order. NULL without a rate.
-- Source: visit_orders.
CREATE OR REPLACE VIEW footfall.order_lines AS
SELECT
    transaction,
    person_id,
    person_key,
    session_id,
    session_key,
    at,
    dimension,
    line.1 AS item_id,
    line.2 AS item_name,
    line.3 AS item_brand,
    line.4 AS item_category,
    line.5 AS price,
    line.6 AS cost,
    line.7 AS quantity,
    rated,
    if(rated, toNullable(part), NULL) AS net,
    sent AS net_sent,
    refunded AS refunded_sent,
    currency
FROM
(
    SELECT
        o.transaction AS transaction,
        o.person_id AS person_id,
        o.person_key AS person_key,
        o.session_id AS session_id,
        o.session_key AS session_key,
        o.at AS at,
        o.dimension AS dimension,
        ifNull(o.currency, '') AS currency,
        o.reporting_net IS NOT NULL AS rated,
        if(empty(o.items), [('', '', '', '', toInt64(0), CAST(NULL, 'Nullable(Int64)'), toInt32(0))],
            arrayMap(i -> (i.item_id, i.item_name, i.item_brand, i.item_category, i.price, i.cost, i.quantity), o.items)) AS lines,
        arrayMap(l -> greatest(toInt128(l.5) * l.7, 0), lines) AS weighed,
        if(arraySum(weighed) = 0, arrayMap(l -> toInt128(1), lines), weighed) AS weights,
        share_out(ifNull(o.reporting_net, 0), weights) AS parts,
        share_out(o.net, weights) AS sents,
        share_out(o.refunded, weights) AS refundeds
    FROM footfall.visit_orders(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}, by = {by:String}) AS o
)
ARRAY JOIN lines AS line, parts AS part, sents AS sent, refundeds AS refunded;
