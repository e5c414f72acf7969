-- Grain: one person who bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: of the orders as they stood then, persons by account links as of then: margin = net − cost of goods, minor units of the site's
--   currency, NULL where a cost is unknown; net, rated_orders and costed_orders: of those with a rate, and of those whose costs are all known
--   too; top_category, top_brand: most pieces (of equals the first by name), '' where lines name none; price_band: in each category the
--   fifth (1 to 5) that the person's mean paid price (whole minor units) a piece has among the persons who bought in it, 1 + intDiv(5 × persons strictly lower,
--   persons); of several categories their mean by pieces, rounded half to even; discount_share = discount / (gross + discount).
-- Source: orders_at.
CREATE OR REPLACE VIEW footfall.person_goods AS
SELECT
    o.person_id AS person_id,
    if(rated_orders > costed_orders, NULL, sum(ifNull(o.margin, 0))) AS margin,
    sum(ifNull(o.net, 0)) AS net,
    countIf(o.net IS NOT NULL) AS rated_orders,
    countIf(o.margin IS NOT NULL) AS costed_orders,
    sum(ifNull(o.discount, 0)) / nullIf(sum(ifNull(o.gross, 0) + ifNull(o.discount, 0)), 0) AS discount_share,
    any(l.top_category) AS top_category,
    any(l.top_brand) AS top_brand,
    if(any(l.person_id) = '', NULL, any(l.price_band)) AS price_band
FROM footfall.orders_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS o
LEFT ANY JOIN
(
    SELECT
        person_id,
        sumMapIf(map(category, pieces), category != '') AS categories,
        sumMap(brands) AS pieces_of_brands,
        arraySort(x -> (-x.2, x.1), arrayZip(mapKeys(categories), mapValues(categories)))[1].1 AS top_category,
        arraySort(x -> (-x.2, x.1), arrayZip(mapKeys(pieces_of_brands), mapValues(pieces_of_brands)))[1].1 AS top_brand,
        toUInt8(round(sum(fifth * pieces) / sum(pieces))) AS price_band
    FROM
    (
        SELECT
            *,
            -- In whole minor units, so that who paid the same shares a fifth whatever the pieces.
            1 + intDiv(5 * (rank() OVER (PARTITION BY category ORDER BY minor_mean(paid, pieces)) - 1), count() OVER (PARTITION BY category)) AS fifth
        FROM
        (
            SELECT
                person_id,
                line.item_category AS category,
                sum(toInt64(line.quantity)) AS pieces,
                sum(line.price * line.quantity * minor_rate) AS paid,
                sumMapIf(map(line.item_brand, toInt64(line.quantity)), line.item_brand != '') AS brands
            FROM footfall.orders_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
            ARRAY JOIN items AS line
            WHERE minor_rate IS NOT NULL AND line.quantity > 0
            GROUP BY person_id, category
        )
    )
    GROUP BY person_id
) AS l ON l.person_id = o.person_id
GROUP BY o.person_id;
