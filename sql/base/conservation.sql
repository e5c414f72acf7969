-- Grain: one topic, epoch, partition and hour of arrival (UTC).
-- Parameters: since, until Date (UTC days of arrival, both in).
-- Definition: consumed was counted at the source before decoding; accepted and rejected are the distinct offsets of the
--   rows that are there; duplicate, unconsented and erased are from the ledger; residual = consumed − the five, 0 when
--   nothing was lost or invented. misplaced (keyed to another partition) is beside the sum.
-- Source: ledger_rows, event_rows, dead_letter_rows.
CREATE OR REPLACE VIEW footfall.conservation AS
WITH
    (SELECT throwIf({since:Date} > {until:Date}, 'since is after until')) AS ok,
    toDateTime64({since:Date}, 3, 'UTC') AS start,
    toDateTime64({until:Date} + 1, 3, 'UTC') AS end
SELECT
    topic,
    epoch,
    partition,
    hour,
    sum(c) AS consumed,
    sum(a) AS accepted,
    sum(d) AS duplicate,
    sum(u) AS unconsented,
    sum(e) AS erased,
    sum(r) AS rejected,
    toInt64(consumed) - toInt64(accepted + duplicate + unconsented + erased + rejected) AS residual,
    sum(m) AS misplaced
FROM
(
    SELECT
        topic, epoch, partition, hour,
        if(outcome = 'consumed', records, 0) AS c,
        toUInt64(0) AS a,
        if(outcome = 'duplicate', records, 0) AS d,
        if(outcome = 'unconsented', records, 0) AS u,
        if(outcome = 'erased', records, 0) AS e,
        toUInt64(0) AS r,
        if(outcome = 'misplaced', records, 0) AS m
    FROM footfall.ledger_rows FINAL
    WHERE hour >= toDateTime({since:Date}, 'UTC') AND hour < toDateTime({until:Date} + 1, 'UTC')
    UNION ALL
    SELECT topic, epoch, partition, toStartOfHour(toDateTime(arrival, 'UTC')) AS hour, 0, groupBitmap(offset), 0, 0, 0, 0, 0
    FROM footfall.event_rows
    -- An accepted event is at most an hour ahead of its arrival: the second condition prunes months.
    WHERE arrival >= start AND arrival < end AND event_time < end + INTERVAL 1 HOUR
    GROUP BY topic, epoch, partition, hour
    UNION ALL
    SELECT topic, epoch, partition, toStartOfHour(toDateTime(arrival, 'UTC')) AS hour, 0, 0, 0, 0, 0, groupBitmap(offset), 0
    FROM footfall.dead_letter_rows
    WHERE arrival >= start AND arrival < end
    GROUP BY topic, epoch, partition, hour
)
WHERE ok = 0
GROUP BY topic, epoch, partition, hour
ORDER BY topic, epoch, partition, hour;
