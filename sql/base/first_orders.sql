-- Grain: one person of a site that ever bought.
-- Parameters: site String.
-- Definition: of the person's first order by (at, transaction): at, local day, session, first line's item and category, coupon.
-- Source: site_orders.
CREATE OR REPLACE VIEW footfall.first_orders AS
SELECT
    person_id,
    at AS first_order_at,
    day AS first_order_day,
    session_id,
    items[1].item_id AS first_item,
    items[1].item_category AS first_category,
    coupon AS first_coupon
FROM footfall.site_orders(site = {site:String})
WHERE number = 1;
