-- Grain: one event in [start, end) that can fill a step of a funnel (in strict_order also those that can interrupt one).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), steps Array(String), mode String.
-- Definition: t = event_time in ms; mask: bit k − 1 is set if the event can fill step k; bots are out. session_id is as the
--   event row has it: it may be absorbed. In strict_order page views and the shop's events are in with mask 0; other
--   events do not interrupt.
-- Source: milestones where it has all that is asked, else event_rows; bot_sessions.
CREATE OR REPLACE VIEW footfall.step_events AS
WITH
    -- Scalar subqueries, so that each is worked out once and is a constant for the branches that are not taken.
    (SELECT arrayDistinct(arrayFlatten(arrayMap(s -> step_names(s), {steps:Array(String)})))) AS names,
    (SELECT arrayMap(n -> toUInt16(arraySum((s, i) -> if(has(step_names(s), n), bitShiftLeft(toUInt16(1), i - 1), 0), {steps:Array(String)}, arrayEnumerate({steps:Array(String)}))), arrayDistinct(arrayFlatten(arrayMap(s -> step_names(s), {steps:Array(String)}))))) AS masks,
    (SELECT arrayMap(s -> step_key(s), {steps:Array(String)})) AS step_keys,
    (SELECT arrayDistinct(arrayFilter(k -> k != '', step_keys))) AS keys,
    (SELECT arrayMap(s -> indexOf(arrayDistinct(arrayFilter(k -> k != '', step_keys)), step_key(s)), {steps:Array(String)})) AS which,
    (SELECT arrayMap(s -> step_value(s), {steps:Array(String)})) AS wanted
SELECT visitor_id, session_id, toUInt64(toUnixTimestamp64Milli(event_time)) AS t, toUInt16(transform(event_name, names, masks, 0)) AS mask
FROM footfall.milestones FINAL
WHERE site = {site:String}
    AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
    AND steps_narrow({steps:Array(String)}, {mode:String})
    AND event_name IN (arrayDistinct(arrayFlatten(arrayMap(s -> step_names(s), {steps:Array(String)}))))
    AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
UNION ALL
SELECT visitor_id, session_id, t, mask
FROM
(
    SELECT
        visitor_id,
        session_id,
        toUInt64(toUnixTimestamp64Milli(event_time)) AS t,
        event_field(keys[1], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id) AS f1,
        event_field(keys[2], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id) AS f2,
        event_field(keys[3], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id) AS f3,
        event_field(keys[4], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id) AS f4,
        bitAnd(toUInt16(transform(event_name, names, masks, 0)),
            if(which[1] = 0 OR has([f1, f2, f3, f4][which[1]], wanted[1]), toUInt16(1), toUInt16(0))
            + if(which[2] = 0 OR has([f1, f2, f3, f4][which[2]], wanted[2]), toUInt16(2), toUInt16(0))
            + if(which[3] = 0 OR has([f1, f2, f3, f4][which[3]], wanted[3]), toUInt16(4), toUInt16(0))
            + if(which[4] = 0 OR has([f1, f2, f3, f4][which[4]], wanted[4]), toUInt16(8), toUInt16(0))
            + if(which[5] = 0 OR has([f1, f2, f3, f4][which[5]], wanted[5]), toUInt16(16), toUInt16(0))
            + if(which[6] = 0 OR has([f1, f2, f3, f4][which[6]], wanted[6]), toUInt16(32), toUInt16(0))
            + if(which[7] = 0 OR has([f1, f2, f3, f4][which[7]], wanted[7]), toUInt16(64), toUInt16(0))
            + if(which[8] = 0 OR has([f1, f2, f3, f4][which[8]], wanted[8]), toUInt16(128), toUInt16(0))
            + if(which[9] = 0 OR has([f1, f2, f3, f4][which[9]], wanted[9]), toUInt16(256), toUInt16(0))
            + if(which[10] = 0 OR has([f1, f2, f3, f4][which[10]], wanted[10]), toUInt16(512), toUInt16(0))
            + if(which[11] = 0 OR has([f1, f2, f3, f4][which[11]], wanted[11]), toUInt16(1024), toUInt16(0))
            + if(which[12] = 0 OR has([f1, f2, f3, f4][which[12]], wanted[12]), toUInt16(2048), toUInt16(0))) AS mask
    FROM footfall.event_rows FINAL
    WHERE site = {site:String}
        AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
        AND NOT steps_narrow({steps:Array(String)}, {mode:String})
        AND (event_name IN (arrayDistinct(arrayFlatten(arrayMap(s -> step_names(s), {steps:Array(String)}))))
            OR ({mode:String} = 'strict_order' AND event_name IN (
            ['page_view', 'view_item_list', 'select_item', 'view_item', 'add_to_wishlist', 'add_to_cart', 'remove_from_cart', 'view_cart',
            'begin_checkout', 'add_shipping_info', 'add_payment_info', 'payment_attempt', 'payment_failed', 'purchase', 'refund', 'search',
            'view_promotion', 'select_promotion'])))
        AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
)
WHERE mask > 0 OR {mode:String} = 'strict_order'
SETTINGS do_not_merge_across_partitions_select_final = 1;
