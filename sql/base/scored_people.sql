-- Grain: one person who bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: BG/NBD and gamma-gamma by the parameters fitted last on a day up to as_of's; NULL where there is no such fit or it did
--   not converge. frequency = order days after the first; recency and t = weeks from the first order day to the last and to as_of's
--   day. p_alive: NULL without a repeat, where the formula says 1. orders_…: expected in the days to come. rate = order days
--   a week expected while alive. spend = expected net revenue of an order day, minor units of the site's currency.
-- Source: purchase_days, fitted_models.
CREATE OR REPLACE VIEW footfall.scored_people AS
SELECT
    person.1 AS person_id,
    x AS frequency,
    person.2 / 7 AS recency,
    t_days / 7 AS t,
    if(x = 0, 0, a / (b + x - 1 + (x = 0)) * pow((alpha + t) / (alpha + recency), r + x)) AS gone_odds,
    if(orders_ok AND x > 0, 1 / (1 + gone_odds), NULL) AS p_alive,
    if(orders_ok, orders_30d_ / (1 + gone_odds), NULL) AS orders_30d,
    if(orders_ok, orders_90d_ / (1 + gone_odds), NULL) AS orders_90d,
    if(orders_ok, orders_365d_ / (1 + gone_odds), NULL) AS orders_365d,
    if(orders_ok, (r + x) / (alpha + t), NULL) AS rate,
    if(NOT spend_ok OR (x = 0 AND q <= 1), NULL,
        units * p * (gamma + x * greatest(person.3, 0) / units) / (p * x + q - 1 + (x = 0 AND q <= 1))) AS spend
FROM
(
    -- The series once for each (x, t), not once for each person.
    SELECT
        k.x AS x,
        k.t_days AS t_days,
        k.people AS people,
        ifNull(f.orders_ok, 0) AS orders_ok,
        ifNull(f.spend_ok, 0) AS spend_ok,
        ifNull(f.r, 1.) AS r, ifNull(f.alpha, 1.) AS alpha, ifNull(f.a, 2.) AS a, ifNull(f.b, 2.) AS b,
        ifNull(f.p, 1.) AS p, ifNull(f.q, 2.) AS q, ifNull(f.gamma, 1.) AS gamma,
        exp10(currency_exponent(site_currency({site:String}))) AS units,
        orders_if_alive(k.x, k.t_days / 7, r, alpha, a, b, 30 / 7) AS orders_30d_,
        orders_if_alive(k.x, k.t_days / 7, r, alpha, a, b, 90 / 7) AS orders_90d_,
        orders_if_alive(k.x, k.t_days / 7, r, alpha, a, b, 365 / 7) AS orders_365d_
    FROM
    (
        SELECT x, t_days, groupArray((person_id, tx_days, spend)) AS people
        FROM footfall.purchase_days(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
        GROUP BY x, t_days
    ) AS k
    CROSS JOIN footfall.fitted_models(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS f
)
ARRAY JOIN people AS person;
