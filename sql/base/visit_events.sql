-- Grain: one event of some names in [start, end), bots out, with its session.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), names Array(String), by String.
-- Definition: names = [''] is every name. Fields as in event_rows; session_id, session_key, person_id, person_key, dimension, engaged, session_start,
--   session_end are its session's; page = page_path of page_location; search_results and the
--   timings: entries of metrics, NULL without.
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
    e.search_results AS search_results,
    e.ttfb_ms AS ttfb_ms,
    e.lcp_ms AS lcp_ms,
    e.inp_ms AS inp_ms,
    e.load_ms AS load_ms,
    e.cls AS cls,
    e.signal AS signal,
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
FROM
(
    SELECT
        *,
        visitor_key,
        session_key,
        page,
        -- Taken out of the map here: to carry that through joins takes as long as all the rest.
        metric_of(metrics, 'search_results') AS search_results,
        metric_of(metrics, 'ttfb_ms') AS ttfb_ms,
        metric_of(metrics, 'lcp_ms') AS lcp_ms,
        metric_of(metrics, 'inp_ms') AS inp_ms,
        metric_of(metrics, 'load_ms') AS load_ms,
        metric_of(metrics, 'cls') AS cls,
        signal
    FROM footfall.event_rows FINAL
    -- Before the columns are read, and before FINAL: of one event all copies have one name.
    PREWHERE {names:Array(String)} = [''] OR event_name IN ({names:Array(String)})
    WHERE site = {site:String}
        AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
) AS e
LEFT SEMI JOIN footfall.visit_ids(
    site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 48 HOUR, end = {end:DateTime64(3, 'UTC')}, by = {by:String}) AS s
    ON s.raw_session_key = e.session_key
SETTINGS do_not_merge_across_partitions_select_final = 1;
