-- Grain: one check × name × platform.
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: rejected and misplaced by hour of arrival, from the ledger, those whose site could not be read in too; all others are of events by their own time: field (share
--   left empty), schema (events a schema version), clock (arrival more than 5 minutes before, or 1 hour after, the event time
--   says), device (visitors that carried more than one account).
-- Source: ledger_rows, event_rows, account_rows.
CREATE OR REPLACE VIEW footfall.stream_quality AS
SELECT
    if(outcome = 'rejected', 'rejected', 'misplaced') AS check,
    toString(reason) AS name,
    toString(platform) AS platform,
    sum(if(outcome IN ('rejected', 'misplaced'), records, 0)) AS records,
    toUInt64(0) AS of
FROM footfall.ledger_rows FINAL
WHERE site IN ({site:String}, '') AND outcome IN ('rejected', 'misplaced')
    AND hour >= toDateTime({start:DateTime64(3, 'UTC')}, 'UTC') AND hour < toDateTime({end:DateTime64(3, 'UTC')}, 'UTC')
GROUP BY check, name, platform
UNION ALL
SELECT c.1 AS check, c.2 AS name, platform, c.3 AS records, total AS of
FROM
(
    SELECT
        toString(platform) AS platform,
        count() AS total,
        arrayConcat(
            [
                ('field', 'user_id', countIf(user_id = '')),
                ('field', 'page_location', countIf(page_location = '')),
                ('field', 'user_agent', countIf(user_agent = '')),
                ('field', 'device', countIf(device = '')),
                ('field', 'country', countIf(country = '')),
                ('field', 'language', countIf(language = '')),
                ('field', 'transaction_id of purchase', countIf(event_name = 'purchase' AND transaction_id = '')),
                ('field', 'items of purchase', countIf(event_name = 'purchase' AND empty(items.item_id))),
                ('field', 'received_time', countIf(received_time IS NULL)),
                ('clock', 'arrived over 5 minutes before it happened', countIf(event_time > arrival + INTERVAL 5 MINUTE)),
                ('clock', 'arrived over 1 hour after it happened', countIf(arrival > event_time + INTERVAL 1 HOUR))
            ],
            arrayMap((k, v) -> ('schema', k, v), mapKeys(sumMap(map(toString(schema_id), toUInt64(1))) AS schemas), mapValues(schemas))) AS checks
    FROM footfall.event_rows FINAL
    WHERE site = {site:String} AND event_time >= {start:DateTime64(3, 'UTC')} AND event_time < {end:DateTime64(3, 'UTC')}
    GROUP BY platform
)
ARRAY JOIN checks AS c
UNION ALL
SELECT 'device' AS check, 'visitors with several accounts' AS name, '' AS platform, countIf(n > 1) AS records, count() AS of
FROM (SELECT visitor_id, count() AS n FROM (SELECT DISTINCT visitor_id, user_id FROM footfall.account_rows WHERE site = {site:String}) GROUP BY visitor_id)
HAVING of > 0
SETTINGS do_not_merge_across_partitions_select_final = 1;
