-- Grain: one period × dimension in which a person bought, was there, or got money back.
-- Parameters: as order_sums: site String, since, until Date, shift UInt64, rate_day Date, grain, by String.
-- Definition: the columns of `orders` for one range of days; money in minor units of the site's currency, averages rounded
--   to one; rates NULL without a divisor.
-- Source: order_sums.
CREATE OR REPLACE VIEW footfall.order_periods AS
SELECT
    period,
    dimension,
    x.orders AS orders,
    x.buyers AS buyers,
    x.repeat_buyers AS repeat_buyers,
    x.repeat_buyers / nullIf(x.buyers, 0) AS repeat_buyer_rate,
    x.net AS revenue,
    x.constant_net AS revenue_at_constant_rates,
    minor_mean(x.net, x.orders - x.unrated) AS aov,
    minor_mean(x.net, x.buyers) AS revenue_per_buyer,
    minor_mean(x.net, x.people) AS arpu,
    x.items / nullIf(x.orders, 0) AS items_per_order,
    x.refunded AS refunds,
    x.refunds_issued AS refunds_issued,
    x.unmatched_refunds AS unmatched_refunds,
    x.refunded / nullIf(x.gross, 0) AS refund_rate,
    x.discount / nullIf(x.gross + x.discount, 0) AS discount_rate,
    x.coupon_orders / nullIf(x.orders, 0) AS coupon_rate,
    x.people AS people,
    x.unrated AS orders_without_rate,
    x.unrated_constant AS orders_without_constant_rate
FROM footfall.order_sums(
    site = {site:String}, since = {since:Date}, until = {until:Date}, shift = {shift:UInt64}, rate_day = {rate_day:Date},
    grain = {grain:String}, by = {by:String}) AS x;
