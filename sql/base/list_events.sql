-- Grain: one line shown or clicked in a list, recommendation slot or promotion in [start, end), bots out.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: kind list: lines of view_item_list (shown) and select_item (clicked) with their item_list_id; recommendation: of those
--   whose list id or name begins with 'rec'; promotion: view_promotion and select_promotion, by promotion_id of the event, or each of its lines'
--   where that is ''.
--   place = index of the line.
-- Source: person_events.
CREATE OR REPLACE VIEW footfall.list_events AS
SELECT
    person_key,
    dimension,
    event_time AS at,
    CAST(event_name IN ('select_item', 'select_promotion'), 'UInt8') AS clicked,
    l.1 AS kind,
    l.2 AS id,
    l.3 AS name,
    l.4 AS item_id,
    l.5 AS place
FROM footfall.person_events(
    site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')},
    names = ['view_item_list', 'select_item', 'view_promotion', 'select_promotion'], by = {by:String})
ARRAY JOIN if(event_name IN ('view_promotion', 'select_promotion'),
    arrayMap(
        id -> ('promotion', id, toString(promotion_name), '', toInt32(0)),
        if(promotion_id = '' AND arrayExists(id -> id != '', item_promotion_ids),
            arrayDistinct(arrayFilter(id -> id != '', arrayMap(id -> toString(id), item_promotion_ids))),
            [toString(promotion_id)])),
    arrayMap((i, id, n, x) -> (
        if(startsWith(lowerUTF8(toString(id)), 'rec') OR startsWith(lowerUTF8(toString(n)), 'rec'), 'recommendation', 'list'), toString(id), toString(n), i, x),
        item_ids, item_list_ids, item_list_names, item_indexes)) AS l;
