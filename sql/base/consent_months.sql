-- Grain: one month of the site's zone.
-- Parameters: site String.
-- Definition: accepted and unconsented records by hour of arrival; with_ads = events that consent to ads, of events; erasures asked
--   in the month (of all sites: an erasure has none), done = folded by every live partition, receipts = their numbers.
-- Source: ledger_rows, event_rows, erasures, positions.
CREATE OR REPLACE VIEW footfall.consent_months AS
SELECT
    month,
    sum(a) AS accepted,
    sum(u) AS unconsented,
    sum(e) AS events,
    sum(w) AS with_ads,
    arraySort(groupArrayArray(n)) AS asked,
    arraySort(groupArrayArray(d)) AS done
FROM
(
    SELECT toStartOfMonth(toDate(hour, site_zone({site:String}))) AS month, if(outcome = 'accepted', records, 0) AS a, if(outcome = 'unconsented', records, 0) AS u,
        toUInt64(0) AS e, toUInt64(0) AS w, emptyArrayUInt32() AS n, emptyArrayUInt32() AS d
    FROM footfall.ledger_rows FINAL
    WHERE site = {site:String} AND outcome IN ('accepted', 'unconsented')
    UNION ALL
    SELECT toStartOfMonth(toDate(event_time, site_zone({site:String}))) AS month, 0, 0, count(), countIf(consent_ads), [], []
    FROM footfall.event_rows FINAL
    WHERE site = {site:String}
    GROUP BY month
    UNION ALL
    SELECT toStartOfMonth(toDate(asked_at, site_zone({site:String}))), 0, 0, 0, 0, [number], if(number <= folded, [number], [])
    FROM (SELECT number, min(asked_at) AS asked_at FROM footfall.erasures FINAL GROUP BY number) AS asked_for
    CROSS JOIN
    (
        SELECT minOrDefaultIf(erasures, live) AS folded
        FROM (SELECT erasures, epoch = max(epoch) OVER (PARTITION BY topic) AS live FROM footfall.positions FINAL)
    ) AS progress
)
GROUP BY month
SETTINGS do_not_merge_across_partitions_select_final = 1;
