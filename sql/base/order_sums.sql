-- Grain: one period × dimension in which a person bought, was there, or got money back.
-- Parameters: site String, since, until Date (local days, both in), shift UInt64 (days: what happened so many days
--   before, under the day so many days later), rate_day Date, grain, by String.
-- Definition: the sums that `orders` divides; money in minor units of the site's currency, orders without a rate left out of
--   it and counted in unrated. Orders by their local day, with their session's dimension; people = persons with an active session
--   that starts in the period. constant_net: at the rates of rate_day (at most 7 days old), unrated_constant those without.
--   refunds_issued and unmatched_refunds by the refund's own day.
-- Source: site_orders, visits, refund_rows, fx_rates.
CREATE OR REPLACE VIEW footfall.order_sums AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date} - {shift:UInt64}, zone) AS start,
    day_start({until:Date} + 1 - {shift:UInt64}, zone) AS end,
    site_currency({site:String}) AS reporting_currency
SELECT
    period,
    dimension,
    sum(orders) AS orders,
    sum(buyers) AS buyers,
    sum(repeat_buyers) AS repeat_buyers,
    sum(x.net) AS net,
    sum(x.constant_net) AS constant_net,
    sum(x.gross) AS gross,
    sum(x.refunded) AS refunded,
    sum(x.discount) AS discount,
    sum(x.items) AS items,
    sum(x.coupon_orders) AS coupon_orders,
    sum(x.unrated) AS unrated,
    sum(x.unrated_constant) AS unrated_constant,
    sum(x.people) AS people,
    sum(x.issued) AS refunds_issued,
    sum(x.unmatched) AS unmatched_refunds
FROM
(
    SELECT
        period,
        dimension,
        toUInt64(sum(n)) AS orders,
        toUInt64(count()) AS buyers,
        toUInt64(countIf(n > 1)) AS repeat_buyers,
        sum(p.net) AS net,
        sum(p.constant_net) AS constant_net,
        sum(p.gross) AS gross,
        sum(p.refunded) AS refunded,
        sum(p.discount) AS discount,
        sum(p.items) AS items,
        toUInt64(sum(p.coupon_orders)) AS coupon_orders,
        toUInt64(sum(p.unrated)) AS unrated,
        toUInt64(sum(p.unrated_constant)) AS unrated_constant,
        toUInt64(0) AS people,
        toInt64(0) AS issued,
        toInt64(0) AS unmatched
    FROM
    (
        SELECT
            period_start(o.day + {shift:UInt64}, {grain:String}) AS period,
            v.dimension AS dimension,
            o.person_id,
            count() AS n,
            toInt64(sum(ifNull(o.net, 0))) AS net,
            toInt64(sum(ifNull(o.constant_net, 0))) AS constant_net,
            toInt64(sum(ifNull(o.gross, 0))) AS gross,
            toInt64(sum(ifNull(o.refunded, 0))) AS refunded,
            toInt64(sum(ifNull(o.discount, 0))) AS discount,
            sum(o.quantity) AS items,
            countIf(o.coupon != '') AS coupon_orders,
            countIf(o.net IS NULL) AS unrated,
            countIf(o.constant_net IS NULL) AS unrated_constant
        FROM
        (
            SELECT
                o.*,
                multiIf(
                    o.currency = reporting_currency OR o.net_sent = 0, toNullable(o.net_sent),
                    f.rate > 0, toNullable(toInt64(round(o.net_sent * minor_rate(f.rate, o.currency, reporting_currency)))),
                    NULL) AS constant_net
            FROM footfall.site_orders(site = {site:String}) AS o
            LEFT ANY JOIN
            (
                SELECT toString(from_currency) AS from_currency, argMax(rate, day) AS rate
                FROM footfall.fx_rates FINAL
                WHERE to_currency = reporting_currency AND day <= {rate_day:Date} AND day >= {rate_day:Date} - 7
                GROUP BY from_currency
            ) AS f ON f.from_currency = o.currency
            WHERE o.at >= start AND o.at < end
        ) AS o
        LEFT ANY JOIN
        (
            SELECT session_id, dimension
            FROM footfall.visits(
                site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = {by:String})
            WHERE {by:String} != ''
        ) AS v ON v.session_id = o.session_id
        GROUP BY period, dimension, o.person_id
    ) AS p
    GROUP BY period, dimension
    UNION ALL
    SELECT period_start(toDate(started_at, zone) + {shift:UInt64}, {grain:String}) AS period, dimension, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, uniqExact(person_id), 0, 0
    FROM footfall.visits(
        site = {site:String}, start = start, end = end, by = {by:String})
    WHERE active
    GROUP BY period, dimension
    UNION ALL
    SELECT
        period_start(r.day + {shift:UInt64}, {grain:String}) AS period, v.dimension AS dimension, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        sumIf(ifNull(r.amount, 0), r.matched), sumIf(ifNull(r.amount, 0), NOT r.matched)
    FROM footfall.refund_rows(
        site = {site:String}, start = start, end = end) AS r
    LEFT ANY JOIN
    (
        SELECT session_id, dimension
        FROM footfall.visits(
            site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = end, by = {by:String})
        WHERE {by:String} != ''
    ) AS v ON v.session_id = r.session_id
    GROUP BY period, dimension
) AS x
GROUP BY period, dimension;
