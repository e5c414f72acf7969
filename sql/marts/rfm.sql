-- Grain: one R × F × M that a buyer has.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: r, f, m = 1 + intDiv(5 × buyers strictly lower, buyers), of the last order day, the number of orders, the net revenue:
--   quintiles, equal values together. people; revenue = their net revenue so far, in the site's currency. segment, the first
--   that fits: champions (all ≥ 4), cannot_lose (r 1, f ≥ 4), loyal (r ≥ 3, f ≥ 4), at_risk (r ≤ 2, f ≥ 3), new (r ≥ 4, f 1), promising
--   (r ≥ 3), hibernating (r 2), lost.
-- Source: person_state.
CREATE OR REPLACE VIEW footfall.rfm AS
SELECT
    assumeNotNull(s.r) AS r,
    assumeNotNull(s.f) AS f,
    assumeNotNull(s.m) AS m,
    count() AS people,
    site_money({site:String}, sum(net_revenue)) AS revenue,
    assumeNotNull(rfm_segment(r, f, m)) AS segment
FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS s
WHERE s.order_count > 0
    AND (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
GROUP BY r, f, m
ORDER BY r DESC, f DESC, m DESC;
