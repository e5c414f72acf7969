-- Grain: one item × dimension that was seen, bought or put in a cart.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: impressions = lines of view_item_list, list_clicks of select_item, views of view_item, cart_adds of add_to_cart, at
--   their own time; purchases = orders with it, quantity and revenue (net, the site's currency) of the orders' lines (orders_fact:
--   item_id '' for orders without lines); refund_rate = refunded share of the lines' gross value; view_to_cart = of people who
--   viewed it, those who put it in a cart; cart_to_purchase = of those who put it in a cart, those who bought it; margin = revenue −
--   cost × quantity (as bought: what came back is not put back into stock), NULL where a cost is unknown, with cost_coverage = share of
--   lines with a cost; rating = mean score of its reviews; out_of_stock_views = views of it while not in stock. Names: the latest seen.
-- Source: visit_events, order_lines.
CREATE OR REPLACE VIEW footfall.products AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    item_id,
    argMaxIf(name, seen_at, name != '') AS item_name,
    argMaxIf(brand, seen_at, brand != '') AS item_brand,
    argMaxIf(category, seen_at, category != '') AS item_category,
    dimension,
    countIf(event_name = 'view_item_list') AS impressions,
    countIf(event_name = 'select_item') AS list_clicks,
    countIf(event_name = 'view_item') AS views,
    countIf(event_name = 'add_to_cart') AS cart_adds,
    uniqExactIf(transaction, event_name = 'order') AS purchases,
    sumIf(units, event_name = 'order') AS quantity,
    site_money({site:String}, sum(net_)) AS revenue,
    if(sum(sent) + sum(refunded) = 0, NULL, sum(refunded) / (sum(sent) + sum(refunded))) AS refund_rate,
    uniqExactIf(person_id, event_name = 'view_item') AS viewers,
    if(viewers = 0, NULL, length(arrayIntersect(groupUniqArrayIf(person_id, event_name = 'view_item'), groupUniqArrayIf(person_id, event_name = 'add_to_cart'))) / viewers) AS view_to_cart,
    if(uniqExactIf(person_id, event_name = 'add_to_cart') = 0, NULL,
        length(arrayIntersect(groupUniqArrayIf(person_id, event_name = 'add_to_cart'), groupUniqArrayIf(person_id, event_name = 'order')))
        / uniqExactIf(person_id, event_name = 'add_to_cart')) AS cart_to_purchase,
    if(purchases = 0 OR countIf(event_name = 'order' AND cost_ IS NULL) > 0, NULL,
        toNullable(site_money({site:String}, sum(net_) - toInt64(sumIf(ifNull(cost_, 0), event_name = 'order'))))) AS margin,
    if(purchases = 0, NULL, countIf(event_name = 'order' AND cost_ IS NOT NULL) / countIf(event_name = 'order')) AS cost_coverage,
    avgOrNullIf(stars, event_name = 'review' AND stars IS NOT NULL) AS rating,
    countIf(event_name = 'view_item' AND NOT stocked) AS out_of_stock_views
FROM
(
    SELECT
        item.1 AS item_id,
        item.2 AS name,
        item.3 AS brand,
        item.4 AS category,
        item.5 AS stocked,
        dimension,
        toString(event_name) AS event_name,
        event_time AS seen_at,
        person_id,
        '' AS transaction,
        toInt64(0) AS units,
        toInt64(0) AS net_,
        toInt64(0) AS sent,
        toInt64(0) AS refunded,
        CAST(NULL, 'Nullable(Float64)') AS cost_,
        score AS stars
    FROM footfall.visit_events(
        site = {site:String}, start = start, end = end, names = ['view_item_list', 'select_item', 'view_item', 'add_to_cart', 'review'], by = dated_by({by:String}, {since:Date}))
    ARRAY JOIN arrayMap((i, n, b, c, s) -> (i, n, toString(b), toString(c), toUInt8(s)), item_ids, item_names, item_brands, item_categories, items_in_stock) AS item
    UNION ALL
    SELECT
        item_id, item_name, item_brand, item_category, 1, dimension, 'order', at, person_id, transaction, toInt64(quantity), ifNull(net, 0), net_sent, refunded_sent,
        -- Costs are in the order's currency: as far as its net value was converted, they are too.
        if(cost IS NULL OR NOT rated, NULL, if(net_sent = 0, if(currency = site_currency({site:String}), 1., NULL), net / net_sent) * cost * quantity),
        NULL
    FROM footfall.order_lines(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY item_id, dimension
ORDER BY revenue DESC, item_id, dimension;
