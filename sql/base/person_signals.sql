-- Grain: one person (bots out) × signal of trouble in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: error, slow_page, zero_result_search: events, as event_signal; bad_rating: a review of at most 2 stars, or a csat answer of 1
--   or 2; complaint: an event; late_answer: a case of support without a reply 24 hours after its first contact; late_delivery: an order of the
--   person delivered more than metrics.promised_hours after it was made; return: a refund of one; price_rise: an item seen at more
--   than the person last paid for it before (in the same currency).
-- Source: visit_events, support_cases, refund_rows, orders_fact.
CREATE OR REPLACE VIEW footfall.person_signals AS
SELECT DISTINCT person_id, signal
FROM
(
    SELECT
        if(e.event_name = 'deliver', o.person_id, e.person_id) AS person_id,
        multiIf(
            e.event_name = 'view_item', if(e.price > p.paid AND p.person_id != '', 'price_rise', ''),
            e.event_name = 'deliver', if(o.person_id != '' AND e.event_time > o.at + toIntervalMillisecond(e.promised_ms), 'late_delivery', ''),
            e.event_name IN ('review', 'survey_response'), 'bad_rating',
            e.event_name = 'complaint', 'complaint',
            e.trouble) AS signal
    FROM
    (
        SELECT
            event_name, event_time, person_id, transaction_id, toString(currency) AS currency, item_id, price,
            signal AS trouble,
            toInt64(metrics['promised_hours'] * 3600000) AS promised_ms
        FROM footfall.visit_events(
            site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')},
            names = ['exception', 'page_timing', 'search', 'review', 'survey_response', 'complaint', 'deliver', 'view_item'], by = '')
        LEFT ARRAY JOIN if(event_name = 'view_item', item_ids, []) AS item_id, if(event_name = 'view_item', item_prices, []) AS price
        WHERE multiIf(
            event_name = 'view_item', item_id != '' AND currency != '',
            event_name = 'deliver', promised_ms > 0,
            event_name = 'review', ifNull(score BETWEEN 1 AND 2, 0),
            event_name = 'survey_response', params['survey'] = 'csat' AND ifNull(score BETWEEN 1 AND 2, 0),
            event_name = 'complaint', 1,
            trouble != '')
    ) AS e
    LEFT ANY JOIN
    (
        SELECT transaction, person_id, at FROM footfall.orders_fact WHERE site = {site:String} AND NOT bot
    ) AS o ON o.transaction = e.transaction_id
    ASOF LEFT JOIN
    (
        SELECT person_id, ifNull(currency, '') AS currency, item.item_id AS item_id, max(item.price) AS paid, at
        FROM footfall.orders_fact
        ARRAY JOIN items AS item
        WHERE site = {site:String} AND NOT bot
        GROUP BY person_id, currency, item_id, at
    ) AS p ON p.person_id = e.person_id AND p.currency = e.currency AND p.item_id = e.item_id AND e.event_time > p.at
    UNION ALL
    SELECT person_id, 'late_answer'
    FROM footfall.support_cases(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')} - INTERVAL 24 HOUR, by = '')
    WHERE ifNull(first_reply_at > contacted_at + INTERVAL 24 HOUR, 1)
    UNION ALL
    SELECT person_id, 'return'
    FROM footfall.refund_rows(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')})
    WHERE matched
)
WHERE signal != '';
