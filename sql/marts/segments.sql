-- Grain: one segment, those without people too.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: potential, new, active, dormant, high_value, core, at_risk (risk watch or high), vip as in person_tags, and each file of
--   sql/segments; they may overlap. people; share of all people of the site by as_of; revenue = their net revenue so far, in the site's currency; revenue_share of all.
-- Source: segment_people, segment_names, person_history.
CREATE OR REPLACE VIEW footfall.segments AS
SELECT
    n.segment AS segment,
    countIf(p.person_id != '') AS people,
    people / nullIf(any(total.people), 0) AS share,
    site_money({site:String}, sum(h.net)) AS revenue,
    sum(h.net) / nullIf(any(total.net), 0) AS revenue_share
FROM footfall.segment_names AS n
LEFT JOIN footfall.segment_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}, segment = '') AS p ON p.segment = n.segment
LEFT ANY JOIN
(
    SELECT person_id, arraySum(o -> o.2, orders) AS net
    FROM footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
) AS h ON h.person_id = p.person_id
CROSS JOIN
(
    SELECT count() AS people, sum(arraySum(o -> o.2, orders)) AS net
    FROM footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
) AS total
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
GROUP BY segment
ORDER BY segment;
