-- Grain: one list, recommendation slot or promotion × dimension.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: impressions = lines shown (of promotions: views), clicks, click_rate = clicks / impressions;
--   position_adjusted_click_rate = clicks / the clicks that so many impressions at those places get over all placements of the kind,
--   times the kind's own click rate; cart_adds, orders, revenue (net, the site's currency): lines added or bought whose item the
--   person clicked in a list at most 24 h before, credited to the last list clicked; promotions: the orders of people who clicked
--   it at most 24 h before, all of their lines, to the last one clicked.
-- Source: list_events, person_events, order_lines.
CREATE OR REPLACE VIEW footfall.placements AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    kind,
    id,
    max(name_).3 AS name,
    dimension,
    sum(shown) AS impressions,
    sum(hit) AS clicks,
    if(impressions = 0, NULL, clicks / impressions) AS click_rate,
    if(sum(expected) = 0, NULL, clicks / sum(expected) * max(kind_rate)) AS position_adjusted_click_rate,
    sum(adds) AS cart_adds,
    uniqExactIf(transaction, transaction != '') AS orders,
    site_money({site:String}, sum(net_)) AS revenue
FROM
(
    SELECT
        kind,
        id,
        -- The newest, if it had several.
        max((name != '', at, name)) AS name_,
        dimension,
        countIf(NOT clicked) AS shown,
        countIf(clicked) AS hit,
        sum(countIf(clicked)) OVER (PARTITION BY kind, place) AS place_hits,
        sum(countIf(NOT clicked)) OVER (PARTITION BY kind, place) AS place_shown,
        if(place_shown = 0, 0, shown * place_hits / place_shown) AS expected,
        sum(countIf(clicked)) OVER (PARTITION BY kind) / greatest(sum(countIf(NOT clicked)) OVER (PARTITION BY kind), 1) AS kind_rate,
        toUInt64(0) AS adds,
        '' AS transaction,
        toInt64(0) AS net_
    FROM footfall.list_events(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    GROUP BY kind, id, dimension, place
    UNION ALL
    SELECT
        c.kind, c.id, (toUInt8(0), toDateTime64(0, 3, 'UTC'), ''), c.dimension, 0, 0, 0, 0, 0, 0,
        toUInt64(g.transaction = ''),
        g.transaction,
        g.net_
    FROM
    (
        -- Promotions are credited with every line (item ''), lists with lines of the item clicked.
        SELECT person_key, item_id, item_id AS match_id, at, '' AS transaction, toInt64(0) AS net_, 'list' AS way
        FROM (SELECT person_key, arrayJoin(item_ids) AS item_id, event_time AS at FROM footfall.person_events(site = {site:String}, start = start, end = end, names = ['add_to_cart'], by = ''))
        UNION ALL
        SELECT person_key, item_id, if(w = 'list', item_id, ''), at, transaction, ifNull(net, 0), w
        FROM footfall.order_lines(site = {site:String}, start = start, end = end, by = '')
        ARRAY JOIN ['list', 'promotion'] AS w
    ) AS g
    ASOF INNER JOIN
    (
        SELECT person_key, item_id AS match_id, if(kind = 'promotion', 'promotion', 'list') AS way, at, kind, id, dimension
        FROM footfall.list_events(site = {site:String}, start = start - INTERVAL 24 HOUR, end = end, by = dated_by({by:String}, {since:Date}))
        WHERE clicked
    ) AS c ON c.person_key = g.person_key AND c.match_id = g.match_id AND c.way = g.way AND g.at >= c.at
    WHERE g.at <= c.at + INTERVAL 24 HOUR
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY kind, id, dimension
ORDER BY kind, id, dimension;
