-- Grain: one member of the loyalty scheme: a person that ever earned, spent or lost points by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: points as in person_points; tier = of the site's tiers whose three bounds (points earned, net revenue, orders, each in the
--   tier's window back from as_of) are reached, the one with the highest bounds (points, then spend, then orders); '' where none is.
-- Source: person_points, person_history, tiers.
CREATE OR REPLACE VIEW footfall.person_tiers AS
SELECT
    p.person_id AS person_id,
    p.earned AS earned,
    p.redeemed AS redeemed,
    p.expired AS expired,
    p.balance AS balance,
    arrayLast(
        t -> arraySum(g -> if(t.5 = 0 OR g.1 > {as_of:DateTime64(3, 'UTC')} - toIntervalDay(t.5), g.2, 0), p.gains) >= t.1
            AND arraySum(o -> if(t.5 = 0 OR o.1 > {as_of:DateTime64(3, 'UTC')} - toIntervalDay(t.5), o.2, 0), h.orders) >= t.2
            AND arrayCount(o -> t.5 = 0 OR o.1 > {as_of:DateTime64(3, 'UTC')} - toIntervalDay(t.5), h.orders) >= t.3,
        s.tiers).4 AS tier
FROM footfall.person_points(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS p
LEFT ANY JOIN footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS h ON h.person_id = p.person_id
CROSS JOIN
(
    SELECT arraySort(groupArray((points_from, spend_from, orders_from, toString(tier), window_days))) AS tiers
    FROM footfall.tiers FINAL WHERE site = {site:String}
) AS s;
