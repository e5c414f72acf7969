-- Fills `milestones` from every insert into event_rows: a plain filter, so a repeated insert repeats equal rows.
CREATE MATERIALIZED VIEW IF NOT EXISTS footfall.milestones_feed TO footfall.milestones AS
SELECT
    topic, epoch, partition, offset, version, session_id, site, visitor_id, user_id, event_time, event_id, event_name,
    platform, currency, value, tax, shipping, discount, transaction_id, coupon,
    items.item_id, items.item_name, items.item_brand, items.item_category, items.price, items.cost, items.quantity
FROM footfall.event_rows
WHERE event_name IN (
    'view_item', 'add_to_wishlist', 'add_to_cart', 'remove_from_cart', 'view_cart', 'begin_checkout', 'add_shipping_info',
    'add_payment_info', 'payment_attempt', 'payment_failed', 'purchase', 'refund', 'sign_up', 'search', 'select_item');
