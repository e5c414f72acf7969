-- Grain: one event of some names in [start, end), bots out, with its session.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), names Array(String), by String.
-- Definition: names = [''] is every name. Fields as in event_rows; session_id, session_key, person_id, person_key, dimension, engaged, session_start,
--   session_end are its session's; page = page_path of page_location.
-- Source: event_rows, visit_ids.
CREATE OR REPLACE VIEW footfall.visit_events AS
SELECT
    e.event_id AS event_id,
    e.event_name AS event_name,
    e.event_time AS event_time,
    e.page_location AS page_location,
    e.page AS page,
    e.engagement_time_ms AS engagement_time_ms,
    e.currency AS currency,
    e.value AS value,
    e.search_term AS search_term,
    e.transaction_id AS transaction_id,
    e.promotion_id AS promotion_id,
    e.promotion_name AS promotion_name,
    e.score AS score,
    e.points AS points,
    e.params AS params,
    e.metrics AS metrics,
    e.items.item_id AS item_ids,
    e.items.item_name AS item_names,
    e.items.item_brand AS item_brands,
    e.items.item_category AS item_categories,
    e.items.item_list_id AS item_list_ids,
    e.items.item_list_name AS item_list_names,
    e.items.promotion_id AS item_promotion_ids,
    e.items.price AS item_prices,
    e.items.quantity AS item_quantities,
    e.items.index AS item_indexes,
    e.items.in_stock AS items_in_stock,
    toString(e.campaign) AS campaign,
    toString(e.coupon) AS coupon,
    e.group_id AS group_id,
    s.session_id AS session_id,
    s.session_key AS session_key,
    s.person_id AS person_id,
    s.person_key AS person_key,
    s.dimension AS dimension,
    s.active AS active,
    s.engaged AS engaged,
    s.started_at AS session_start,
    s.ended_at AS session_end
FROM footfall.event_rows AS e FINAL
INNER JOIN footfall.visit_ids(
    site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 48 HOUR, end = {end:DateTime64(3, 'UTC')}, by = {by:String}) AS s
    ON s.raw_session_key = e.session_key
WHERE e.site = {site:String}
    AND e.event_time >= {start:DateTime64(3, 'UTC')} AND e.event_time < {end:DateTime64(3, 'UTC')}
    AND ({names:Array(String)} = [''] OR e.event_name IN ({names:Array(String)}))
SETTINGS do_not_merge_across_partitions_select_final = 1;
