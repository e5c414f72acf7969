-- Grain: one person who bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: of orders bought by as_of, persons as they are now: margin = net − cost of goods of those whose costs are known, minor units of
--   the site's currency, NULL where none is; costed_orders and costed_net are of those; top_category, top_brand: most pieces (of equals the first by name), '' where
--   lines name none; price_band = mean over the person's lines, by pieces, of the fifth (1 to 5) that the paid price has among the lines of its
--   category, rounded; discount_share = discount / (gross + discount).
-- Source: site_orders.
CREATE OR REPLACE VIEW footfall.person_goods AS
SELECT
    o.person_id AS person_id,
    sumOrNullIf(o.margin, o.margin IS NOT NULL) AS margin,
    countIf(o.margin IS NOT NULL) AS costed_orders,
    sumIf(ifNull(o.net, 0), o.margin IS NOT NULL) AS costed_net,
    sum(ifNull(o.discount, 0)) / nullIf(sum(ifNull(o.gross, 0) + ifNull(o.discount, 0)), 0) AS discount_share,
    any(l.top_category) AS top_category,
    any(l.top_brand) AS top_brand,
    any(l.price_band) AS price_band
FROM (SELECT * FROM footfall.site_orders(site = {site:String}) WHERE at <= {as_of:DateTime64(3, 'UTC')}) AS o
LEFT ANY JOIN
(
    SELECT
        person_id,
        sumMapIf(map(category, quantity), category != '') AS categories,
        sumMapIf(map(brand, quantity), brand != '') AS brands,
        arraySort(x -> (-x.2, x.1), arrayZip(mapKeys(categories), mapValues(categories)))[1].1 AS top_category,
        arraySort(x -> (-x.2, x.1), arrayZip(mapKeys(brands), mapValues(brands)))[1].1 AS top_brand,
        toUInt8OrNull(toString(round(sum(fifth * quantity) / nullIf(sum(quantity), 0)))) AS price_band
    FROM
    (
        SELECT
            person_id,
            line.item_category AS category,
            line.item_brand AS brand,
            toInt64(greatest(line.quantity, 0)) AS quantity,
            1 + intDiv(5 * (rank() OVER (PARTITION BY category ORDER BY line.price * minor_rate) - 1), count() OVER (PARTITION BY category)) AS fifth
        FROM footfall.site_orders(site = {site:String})
        ARRAY JOIN items AS line
        WHERE at <= {as_of:DateTime64(3, 'UTC')} AND minor_rate IS NOT NULL
    )
    GROUP BY person_id
) AS l ON l.person_id = o.person_id
GROUP BY o.person_id;
