-- Grain: one cart of a person (bots out) that was opened in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: opened by add_to_cart when none is open; ends at an order of the person or is abandoned 24 h after its last add or
--   remove; emptied carts are left out. state: ordered, abandoned, open (as_of has not passed the 24 h). value = adds − removes at
--   their prices, minor units of the site's currency by the rate of the event's day (without a rate: 0). recovered: an order at
--   most 7 days after it was abandoned; recovery_mature: those have passed. reason: the last of payment_failed and
--   add_shipping_info between opening and abandonment, else left. dimension: of the session that opened it.
-- Source: person_events, orders_fact, fx_rates, as_of.
CREATE OR REPLACE VIEW footfall.cart_rows AS
WITH
    site_zone({site:String}) AS zone,
    site_currency({site:String}) AS reporting_currency,
    assumeNotNull((SELECT toUnixTimestamp64Milli(as_of) FROM footfall.as_of)) AS now_ms,
    86400000 AS day_ms
SELECT
    fromUnixTimestamp64Milli(opened_ms, 'UTC') AS opened_at,
    dimension,
    multiIf(ordered_ms > 0, 'ordered', abandoned_ms <= now_ms, 'abandoned', 'open') AS state,
    toInt64(value) AS value,
    state = 'abandoned' AND arrayExists(t -> t > abandoned_ms AND t <= abandoned_ms + 7 * day_ms, orders) AS recovered,
    abandoned_ms + 7 * day_ms <= now_ms AS recovery_mature,
    if(empty(signals), 'left', signals[-1].2) AS reason
FROM
(
    SELECT
        orders,
        cart[1].1 AS opened_ms,
        cart[1].5 AS dimension,
        cart[-1].1 + day_ms AS abandoned_ms,
        arrayFirst(t -> t >= cart[-1].1 AND t <= cart[-1].1 + day_ms, orders) AS ordered_ms,
        arraySum(x -> x.3, cart) AS value,
        arraySum(x -> x.4, cart) AS pieces,
        arrayFilter(x -> x.1 >= opened_ms AND x.1 <= abandoned_ms, hints) AS signals
    FROM
    (
        -- In a query of its own: an arrayJoin over a lambda would be worked out once for each column that reads it.
        SELECT
            orders,
            hints,
            arrayJoin(arrayMap(
                -- What is removed while nothing is open is no cart.
                chunk -> arraySlice(chunk, arrayFirstIndex(x -> x.2 = 'add_to_cart', chunk)),
                arrayFilter(chunk -> arrayExists(x -> x.2 = 'add_to_cart', chunk),
                    arraySplit((x, i) -> i > 1 AND (x.1 - moves[i - 1].1 > day_ms OR arrayExists(t -> t > moves[i - 1].1 AND t <= x.1, orders)),
                        moves, arrayEnumerate(moves))))) AS cart
        FROM
        (
            SELECT
                any(o.orders) AS orders,
                arraySort(groupArrayIf((e.t, e.event_name, e.worth, e.pieces, e.dimension), e.event_name IN ('add_to_cart', 'remove_from_cart'))) AS moves,
                arraySort(groupArrayIf((e.t, e.event_name), e.event_name IN ('payment_failed', 'add_shipping_info'))) AS hints
            FROM
            (
                SELECT
                    v.person_key AS person_key,
                    toUnixTimestamp64Milli(v.event_time) AS t,
                    toString(v.event_name) AS event_name,
                    v.dimension AS dimension,
                    if(v.event_name = 'remove_from_cart', -1, 1) * if(empty(v.item_ids), 1, arraySum(v.item_quantities)) AS pieces,
                    if(v.event_name = 'remove_from_cart', -1, 1) * multiIf(
                        v.currency = reporting_currency, toFloat64(sent),
                        f.rate > 0 AND f.day >= toDate(v.event_time, zone) - 7, round(sent * minor_rate(f.rate, toString(v.currency), reporting_currency)),
                        0.) AS worth,
                    if(empty(v.item_ids), v.value, arraySum((p, q) -> p * q, v.item_prices, v.item_quantities)) AS sent
                FROM footfall.person_events(
                    site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 14 DAY, end = {end:DateTime64(3, 'UTC')} + INTERVAL 14 DAY,
                    names = ['add_to_cart', 'remove_from_cart', 'add_shipping_info', 'payment_failed'], by = {by:String}) AS v
                ASOF LEFT JOIN
                (
                    SELECT toString(from_currency) AS from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
                ) AS f ON f.from_currency = toString(v.currency) AND toDate(v.event_time, site_zone({site:String})) >= f.day
            ) AS e
            LEFT ANY JOIN
            (
                SELECT person_key, arraySort(groupArray(toUnixTimestamp64Milli(at))) AS orders
                FROM footfall.orders_fact WHERE site = {site:String} AND NOT bot GROUP BY person_key
            ) AS o ON o.person_key = e.person_key
            GROUP BY e.person_key
            HAVING notEmpty(moves)
        )
    )
)
WHERE pieces > 0
    AND opened_ms >= toUnixTimestamp64Milli({start:DateTime64(3, 'UTC')}) AND opened_ms < toUnixTimestamp64Milli({end:DateTime64(3, 'UTC')});
