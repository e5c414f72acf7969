-- Grain: one event in [start, end) that can fill a step of a funnel with properties (in strict_order also those that can interrupt one).
-- Parameters: as step_events: site String, start, end DateTime64(3, 'UTC'), steps Array(String), mode String.
-- Definition: as step_events. A step's property is one of the event's fields (event_field), of which one value must be the asked one.
-- Source: event_rows, bot_sessions.
CREATE OR REPLACE VIEW footfall.property_steps AS
WITH
    step_properties({steps:Array(String)}) AS properties,
    arrayMap(s -> indexOf(properties, step_key(s)), {steps:Array(String)}) AS which,
    arrayMap(s -> step_value(s), {steps:Array(String)}) AS wanted
SELECT visitor_id, visitor_key, session_key, t, mask
FROM
(
    SELECT
        visitor_id,
        visitor_key,
        session_key,
        t,
        bitAnd(
            step_mask(name, {steps:Array(String)}),
            toUInt16(arraySum((w, x, i) -> if(w = 0 OR has(found[w], x), bitShiftLeft(toUInt16(1), i - 1), 0), which, wanted, arrayEnumerate(which)))) AS mask
    FROM
    (
        SELECT
            visitor_id,
            visitor_key,
            session_key,
            toString(event_name) AS name,
            toUInt64(toUnixTimestamp64Milli(event_time)) AS t,
            -- A query of its own, so that each is worked out once.
            [event_field(step_properties({steps:Array(String)})[1], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id),
             event_field(step_properties({steps:Array(String)})[2], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id),
             event_field(step_properties({steps:Array(String)})[3], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id),
             event_field(step_properties({steps:Array(String)})[4], params, page_location, page_title, page_referrer, channel, source, medium, campaign, term, content, country, region, city, language, timezone, device, browser, os, platform, currency, coupon, transaction_id, search_term, promotion_id, promotion_name, experiment_id, variation_id, group_id, store_id, user_id, value, points, score, items.item_id, items.item_name, items.item_brand, items.item_category, items.item_variant, items.item_list_id, items.item_list_name, items.seller_id)] AS found
        FROM footfall.event_rows FINAL
        PREWHERE event_name IN (names_in_way({steps:Array(String)}, {mode:String}))
        WHERE site = {site:String}
            AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
            AND session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})
    )
)
WHERE mask > 0 OR {mode:String} = 'strict_order'
SETTINGS do_not_merge_across_partitions_select_final = 1;
