-- Grain: one item × dimension that was seen, bought or put in a cart.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: impressions = lines of view_item_list, list_clicks of select_item, views of view_item, cart_adds of add_to_cart, at
--   their own time; purchases = orders with it, quantity and revenue (net, the site's currency) of the orders' lines (orders_fact:
--   item_id '' for orders without lines); refund_rate = refunded share of the lines' gross value; view_to_cart = of people who
--   viewed it, those who put it in a cart; cart_to_purchase = of those who put it in a cart, those who bought it; margin = revenue −
--   cost × quantity (as bought: what came back is not put back into stock), NULL where a cost is unknown, with cost_coverage = share of
--   lines with a cost; rating = mean score of its reviews; out_of_stock_views = views of it while not in stock. Names: the latest seen.
-- Source: person_events, order_lines.
CREATE OR REPLACE VIEW footfall.products AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    item_id,
    argMaxMerge(names) AS item_name,
    argMaxMerge(brands) AS item_brand,
    argMaxMerge(categories) AS item_category,
    dimension,
    sum(shown) AS impressions,
    sum(clicked) AS list_clicks,
    sum(viewed) AS views,
    sum(added) AS cart_adds,
    uniqExactMerge(transactions) AS purchases,
    sum(units) AS quantity,
    site_money({site:String}, sum(net_)) AS revenue,
    if(sum(sent) + sum(refunded) = 0, NULL, sum(refunded) / (sum(sent) + sum(refunded))) AS refund_rate,
    uniqExactMerge(viewing) AS viewers,
    -- Who did both: those of the one and those of the other, less those of either.
    if(viewers = 0, NULL, (viewers + uniqExactMerge(adding) - arrayReduce('uniqExactMerge', [uniqExactMergeState(viewing), uniqExactMergeState(adding)])) / viewers) AS view_to_cart,
    if(uniqExactMerge(adding) = 0, NULL,
        (uniqExactMerge(adding) + uniqExactMerge(buying) - arrayReduce('uniqExactMerge', [uniqExactMergeState(adding), uniqExactMergeState(buying)])) / uniqExactMerge(adding)) AS cart_to_purchase,
    if(purchases = 0 OR sum(uncosted) > 0, NULL, toNullable(site_money({site:String}, sum(net_) - toInt64(sum(goods))))) AS margin,
    if(purchases = 0, NULL, 1 - sum(uncosted) / sum(lines)) AS cost_coverage,
    if(sum(rated) = 0, NULL, sum(stars) / sum(rated)) AS rating,
    sum(missing) AS out_of_stock_views
FROM
(
    SELECT
        item_id,
        dimension,
        argMaxStateIf(item_name, place + cityHash64(item_name), item_name != '') AS names,
        argMaxStateIf(toString(item_brand), place + cityHash64(item_brand), item_brand != '') AS brands,
        argMaxStateIf(toString(item_category), place + cityHash64(item_category), item_category != '') AS categories,
        countIf(event_name = 'view_item_list') AS shown,
        countIf(event_name = 'select_item') AS clicked,
        countIf(event_name = 'view_item') AS viewed,
        countIf(event_name = 'add_to_cart') AS added,
        uniqExactStateIf(person_key, event_name = 'view_item') AS viewing,
        uniqExactStateIf(person_key, event_name = 'add_to_cart') AS adding,
        uniqExactStateIf(person_key, false) AS buying,
        uniqExactStateIf('', false) AS transactions,
        toInt64(0) AS units, toInt64(0) AS net_, toInt64(0) AS sent, toInt64(0) AS refunded, 0. AS goods, toUInt64(0) AS uncosted, toUInt64(0) AS lines,
        countIf(event_name = 'review' AND score IS NOT NULL) AS rated,
        sumIf(ifNull(score, 0), event_name = 'review') AS stars,
        countIf(event_name = 'view_item' AND NOT in_stock) AS missing
    FROM
    (
        SELECT
            dimension, person_key, event_name, score, item_id, item_name, item_brand, item_category, in_stock,
            -- One number to compare by: time, to which a hash is added, so that the newest name is the same whatever came in first.
            bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_time)), 64) AS place
        FROM footfall.person_events(
            site = {site:String}, start = start, end = end, names = ['view_item_list', 'select_item', 'view_item', 'add_to_cart', 'review'],
            by = dated_by({by:String}, {since:Date}))
        ARRAY JOIN
            item_ids AS item_id, item_names AS item_name, item_brands AS item_brand, item_categories AS item_category, items_in_stock AS in_stock
    )
    GROUP BY item_id, dimension
    UNION ALL
    SELECT
        item_id,
        dimension,
        argMaxStateIf(item_name, place + cityHash64(item_name), item_name != ''),
        argMaxStateIf(item_brand, place + cityHash64(item_brand), item_brand != ''),
        argMaxStateIf(item_category, place + cityHash64(item_category), item_category != ''),
        0, 0, 0, 0,
        uniqExactStateIf(person_key, false),
        uniqExactStateIf(person_key, false),
        uniqExactState(person_key),
        uniqExactState(transaction),
        sum(toInt64(quantity)), sum(ifNull(net, 0)), sum(net_sent), sum(refunded_sent), sum(ifNull(cost_, 0)), countIf(cost_ IS NULL), count(),
        0, 0, 0
    FROM
    (
        SELECT
            *,
            bitShiftLeft(toUInt128(toUnixTimestamp64Milli(at)), 64) AS place,
            -- Costs are in the order's currency: as far as its net value was converted, they are too.
            if(cost IS NULL OR NOT rated, NULL, if(net_sent = 0, if(currency = site_currency({site:String}), 1., NULL), net / net_sent) * cost * quantity) AS cost_
        FROM footfall.order_lines(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    )
    GROUP BY item_id, dimension
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY item_id, dimension
ORDER BY revenue DESC, item_id, dimension;
