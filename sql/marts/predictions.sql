-- Grain: one person who bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: by BG/NBD (when people order, and whether they are still customers) and gamma-gamma (what an order day is worth), with
--   the parameters that `fit` stored last for a day up to as_of's; NULL where there is no such fit or it did not converge.
--   frequency = order days after the first; recency, t = weeks from the first order day to the last, and to as_of's day.
--   p_alive: that the person is still a customer; NULL without a repeat order. expected_orders_…: order days expected in the
--   days to come; expected_value_… = those × the expected net revenue of one, in the site's currency. next_order_at = as_of +
--   the mean time between orders expected of the person; NULL where p_alive < 0.5.
-- Source: scored_people.
CREATE OR REPLACE VIEW footfall.predictions AS
SELECT
    person_id,
    frequency,
    recency,
    t,
    p_alive,
    orders_30d AS expected_orders_30d,
    orders_90d AS expected_orders_90d,
    orders_365d AS expected_orders_365d,
    site_money({site:String}, toInt64OrNull(toString(round(orders_30d * spend)))) AS expected_value_30d,
    site_money({site:String}, toInt64OrNull(toString(round(orders_90d * spend)))) AS expected_value_90d,
    site_money({site:String}, toInt64OrNull(toString(round(orders_365d * spend)))) AS expected_value_365d,
    if(rate > 0 AND ifNull(p_alive, 1) >= 0.5, {as_of:DateTime64(3, 'UTC')} + toIntervalSecond(toInt64(least(604800 / ifNull(rate, 1), 3e9))), NULL) AS next_order_at
FROM footfall.scored_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
ORDER BY person_id;
