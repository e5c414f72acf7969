-- Grain: one role (0: the period itself, 1: the period before it, 2: the same weekdays a year before) × period × dimension.
-- Parameters: site String, since, until Date (local days, both in), grain, by String.
-- Definition: the sums that `orders` divides; money in minor units of the site's currency, orders without a rate left out of
--   it and counted in unrated. Orders by their local day, with their session's dimension; people = persons with an active session
--   that starts in the period. constant_net: at the rates of `since` (at most 7 days old), unrated_constant those without.
--   refunds_issued and unmatched_refunds by the refund's own day.
-- Source: site_orders, visits, refund_rows, fx_rates, visit_dimensions, report_days.
CREATE OR REPLACE VIEW footfall.order_cells AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date} - 364, zone) AS start,
    day_start({until:Date} + 1, zone) AS end,
    site_currency({site:String}) AS reporting_currency
SELECT
    role,
    period,
    dimension,
    sum(x.orders) AS orders,
    sum(x.buyers) AS buyers,
    sum(x.repeat_buyers) AS repeat_buyers,
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
        role,
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
            cell.1 AS role,
            cell.2 AS period,
            o.dimension AS dimension,
            o.person_key,
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
                o.day AS day, o.person_key AS person_key, o.net AS net, o.gross AS gross, o.refunded AS refunded, o.discount AS discount,
                o.quantity AS quantity, o.coupon AS coupon, v.dimension AS dimension,
                multiIf(
                    o.currency = reporting_currency OR o.net_sent = 0, toNullable(o.net_sent),
                    f.rate > 0, toNullable(toInt64(round(o.net_sent * minor_rate(f.rate, o.currency, reporting_currency)))),
                    NULL) AS constant_net
            FROM (SELECT * FROM footfall.site_orders(site = {site:String}) WHERE at >= start AND at < end) AS o
            LEFT ANY JOIN
            (
                SELECT toString(from_currency) AS from_currency, argMax(rate, day) AS rate
                FROM footfall.fx_rates FINAL
                WHERE to_currency = reporting_currency AND day <= {since:Date} AND day >= {since:Date} - 7
                GROUP BY from_currency
            ) AS f ON f.from_currency = o.currency
            LEFT ANY JOIN
            (
                SELECT session_key, dimension
                FROM footfall.visit_dimensions(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = {by:String})
                WHERE purchases > 0
            ) AS v
                ON v.session_key = o.session_key
        ) AS o
        LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = o.day
        ARRAY JOIN [(toUInt8(0), d.own), (toUInt8(1), d.after), (toUInt8(2), d.later)] AS cell
        WHERE cell.2 > toDate(0)
        GROUP BY role, period, dimension, o.person_key
    ) AS p
    GROUP BY role, period, dimension
    UNION ALL
    SELECT cell.1 AS role, cell.2 AS period, dimension, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, uniqExactMerge(people_), 0, 0
    FROM
    (
        SELECT d.own AS own, d.after AS after, d.later AS later, s.dimension AS dimension, uniqExactState(s.person_key) AS people_
        FROM
        (
            SELECT toDate(started_at, zone) AS day, person_key, dimension
            FROM footfall.visits(site = {site:String}, start = start, end = end, by = {by:String})
            WHERE active
        ) AS s
        LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = s.day
        GROUP BY own, after, later, dimension
    )
    ARRAY JOIN [(toUInt8(0), own), (toUInt8(1), after), (toUInt8(2), later)] AS cell
    WHERE cell.2 > toDate(0)
    GROUP BY role, period, dimension
    UNION ALL
    SELECT
        cell.1 AS role, cell.2 AS period, r.dimension AS dimension, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        sumIf(ifNull(r.amount, 0), r.matched), sumIf(ifNull(r.amount, 0), NOT r.matched)
    FROM
    (
        SELECT r.day AS day, r.amount AS amount, r.matched AS matched, v.dimension AS dimension
        FROM footfall.refund_rows(site = {site:String}, start = start, end = end) AS r
        -- A refund takes its order's session, which may be as old as the shop.
        LEFT ANY JOIN
        (
            SELECT session_key, dimension
            FROM footfall.visit_dimensions(site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = end, by = {by:String})
            WHERE purchases > 0
        ) AS v
            ON v.session_key = r.session_key
    ) AS r
    LEFT ANY JOIN footfall.report_days(since = {since:Date}, until = {until:Date}, grain = {grain:String}) AS d ON d.day = r.day
    ARRAY JOIN [(toUInt8(0), d.own), (toUInt8(1), d.after), (toUInt8(2), d.later)] AS cell
    WHERE cell.2 > toDate(0)
    GROUP BY role, period, dimension
) AS x
GROUP BY role, period, dimension;
