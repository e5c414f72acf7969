-- Grain: one partition of a log (topic, epoch, partition).
-- Definition: position = next offset to fold; lag = log_end − position; seconds_behind = now − the later of watermark and
--   the moment when the log's end was last reached, 0 for a log that ended, NULL before the first of both; as_of as everywhere.
-- Source: positions.
CREATE OR REPLACE VIEW footfall.freshness AS
SELECT
    topic,
    epoch,
    partition,
    epoch = max(epoch) OVER (PARTITION BY topic) AS live,
    next_offset AS position,
    log_end,
    toUInt64(greatest(toInt64(log_end) - toInt64(next_offset), 0)) AS lag,
    nullIf(watermark, toDateTime64(0, 3, 'UTC')) AS watermark,
    (SELECT as_of FROM footfall.as_of) AS as_of,
    if(greatest(p.watermark, caught_up_at) = toDateTime64(0, 3, 'UTC'), NULL,
        greatest(0., (toUnixTimestamp64Milli(now64(3, 'UTC')) - toUnixTimestamp64Milli(greatest(p.watermark, caught_up_at))) / 1000))
        AS seconds_behind,
    written_at
FROM footfall.positions AS p FINAL
ORDER BY topic, epoch, partition;
