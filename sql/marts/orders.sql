-- Grain: one period × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days of the purchase, both in), grain String (day, week, month), by String.
-- Definition: orders = transactions; revenue = their net value (refunds off, whenever they came) by the rate of their day;
--   orders_without_rate are in no sum of money. repeat_buyers: two orders or more in the period. revenue_at_constant_rates:
--   at the rates of `since`. aov = revenue / orders with a rate, revenue_per_buyer = revenue / buyers, arpu = revenue / people
--   with an active session. refunds = refunded of these orders, refund_rate = refunds / gross; refunds_issued = refunds by their
--   own day, unmatched_refunds = those of no known purchase (not in revenue). discount_rate = discount / (gross + discount).
--   …_before: the same days one period earlier; …_year_before: 364 days earlier, so that weekdays match. mature = the period
--   has ended by as_of. Money in the site's currency, averages rounded to its minor unit.
-- Source: order_cells, as_of.
CREATE OR REPLACE VIEW footfall.orders AS
WITH
    site_zone({site:String}) AS zone,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now_at,
    least({until:Date}, toDate(now_at, zone)) AS last_day
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    toUInt8(toDateTime(least(period_add(period, {grain:String}, 1), {until:Date} + 1), zone) <= now_at) AS mature,
    sumIf(x.orders, role = 0) AS orders,
    sumIf(x.buyers, role = 0) AS buyers,
    sumIf(x.repeat_buyers, role = 0) AS repeat_buyers,
    maxIf(x.repeat_buyer_rate, role = 0) AS repeat_buyer_rate,
    site_money({site:String}, sumIf(x.revenue, role = 0)) AS revenue,
    site_money({site:String}, sumIf(x.revenue_at_constant_rates, role = 0)) AS revenue_at_constant_rates,
    site_money({site:String}, maxIf(x.aov, role = 0)) AS aov,
    site_money({site:String}, maxIf(x.revenue_per_buyer, role = 0)) AS revenue_per_buyer,
    site_money({site:String}, maxIf(x.arpu, role = 0)) AS arpu,
    maxIf(x.items_per_order, role = 0) AS items_per_order,
    site_money({site:String}, sumIf(x.refunds, role = 0)) AS refunds,
    site_money({site:String}, sumIf(x.refunds_issued, role = 0)) AS refunds_issued,
    site_money({site:String}, sumIf(x.unmatched_refunds, role = 0)) AS unmatched_refunds,
    maxIf(x.refund_rate, role = 0) AS refund_rate,
    maxIf(x.discount_rate, role = 0) AS discount_rate,
    maxIf(x.coupon_rate, role = 0) AS coupon_rate,
    sumIf(x.people, role = 0) AS people,
    sumIf(x.orders_without_rate, role = 0) AS orders_without_rate,
    sumIf(x.orders_without_constant_rate, role = 0) AS orders_without_constant_rate,
    sumIf(x.orders, role = 1) AS orders_before,
    sumIf(x.buyers, role = 1) AS buyers_before,
    sumIf(x.repeat_buyers, role = 1) AS repeat_buyers_before,
    maxIf(x.repeat_buyer_rate, role = 1) AS repeat_buyer_rate_before,
    site_money({site:String}, sumIf(x.revenue, role = 1)) AS revenue_before,
    site_money({site:String}, sumIf(x.revenue_at_constant_rates, role = 1)) AS revenue_at_constant_rates_before,
    site_money({site:String}, maxIf(x.aov, role = 1)) AS aov_before,
    site_money({site:String}, maxIf(x.revenue_per_buyer, role = 1)) AS revenue_per_buyer_before,
    site_money({site:String}, maxIf(x.arpu, role = 1)) AS arpu_before,
    maxIf(x.items_per_order, role = 1) AS items_per_order_before,
    site_money({site:String}, sumIf(x.refunds, role = 1)) AS refunds_before,
    site_money({site:String}, sumIf(x.refunds_issued, role = 1)) AS refunds_issued_before,
    site_money({site:String}, sumIf(x.unmatched_refunds, role = 1)) AS unmatched_refunds_before,
    maxIf(x.refund_rate, role = 1) AS refund_rate_before,
    maxIf(x.discount_rate, role = 1) AS discount_rate_before,
    maxIf(x.coupon_rate, role = 1) AS coupon_rate_before,
    sumIf(x.orders, role = 2) AS orders_year_before,
    sumIf(x.buyers, role = 2) AS buyers_year_before,
    sumIf(x.repeat_buyers, role = 2) AS repeat_buyers_year_before,
    maxIf(x.repeat_buyer_rate, role = 2) AS repeat_buyer_rate_year_before,
    site_money({site:String}, sumIf(x.revenue, role = 2)) AS revenue_year_before,
    site_money({site:String}, sumIf(x.revenue_at_constant_rates, role = 2)) AS revenue_at_constant_rates_year_before,
    site_money({site:String}, maxIf(x.aov, role = 2)) AS aov_year_before,
    site_money({site:String}, maxIf(x.revenue_per_buyer, role = 2)) AS revenue_per_buyer_year_before,
    site_money({site:String}, maxIf(x.arpu, role = 2)) AS arpu_year_before,
    maxIf(x.items_per_order, role = 2) AS items_per_order_year_before,
    site_money({site:String}, sumIf(x.refunds, role = 2)) AS refunds_year_before,
    site_money({site:String}, sumIf(x.refunds_issued, role = 2)) AS refunds_issued_year_before,
    site_money({site:String}, sumIf(x.unmatched_refunds, role = 2)) AS unmatched_refunds_year_before,
    maxIf(x.refund_rate, role = 2) AS refund_rate_year_before,
    maxIf(x.discount_rate, role = 2) AS discount_rate_year_before,
    maxIf(x.coupon_rate, role = 2) AS coupon_rate_year_before
FROM
(
    SELECT
        role,
        period,
        dimension,
        c.orders AS orders,
        c.buyers AS buyers,
        c.repeat_buyers AS repeat_buyers,
        c.repeat_buyers / nullIf(c.buyers, 0) AS repeat_buyer_rate,
        c.net AS revenue,
        c.constant_net AS revenue_at_constant_rates,
        minor_mean(c.net, c.orders - c.unrated) AS aov,
        minor_mean(c.net, c.buyers) AS revenue_per_buyer,
        minor_mean(c.net, c.people) AS arpu,
        c.items / nullIf(c.orders, 0) AS items_per_order,
        c.refunded AS refunds,
        c.refunds_issued AS refunds_issued,
        c.unmatched_refunds AS unmatched_refunds,
        c.refunded / nullIf(c.gross, 0) AS refund_rate,
        c.discount / nullIf(c.gross + c.discount, 0) AS discount_rate,
        c.coupon_orders / nullIf(c.orders, 0) AS coupon_rate,
        c.people AS people,
        c.unrated AS orders_without_rate,
        c.unrated_constant AS orders_without_constant_rate
    FROM footfall.order_cells(
        site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = dated_by({by:String}, {since:Date})) AS c
    UNION ALL
    -- The periods in which nothing happened.
    SELECT
        0, arrayJoin(period_list({since:Date}, last_day, {grain:String})), '', 0, 0, 0, NULL, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0
    WHERE {by:String} = ''
) AS x
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
    -- What was there before has no place in a period that has not begun.
    AND period <= last_day
GROUP BY period, dimension
ORDER BY period, dimension;
