-- Grain: one person of a site that ever bought.
-- Parameters: site String.
-- Definition: days = (first_at, day) of each local day with an order, in order of time: first_at = the day's first order, so that the days
--   known at a moment can be told.
-- Source: site_orders.
CREATE OR REPLACE VIEW footfall.order_days AS
SELECT person_id, arraySort(groupArray((first_at, day))) AS days
FROM (SELECT person_id, day, min(at) AS first_at FROM footfall.site_orders(site = {site:String}) GROUP BY person_id, day)
GROUP BY person_id;
