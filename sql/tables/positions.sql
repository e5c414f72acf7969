-- Grain: one partition of a log, newest version: how far everything else is written. Rows below `next_offset` are whole.
CREATE TABLE IF NOT EXISTS footfall.positions
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    version UInt64 COMMENT 'erasures folded * 2^44 + next_offset',
    written_at DateTime64(3, 'UTC'),
    next_offset UInt64,
    last_offset Int64 COMMENT 'of the last delivered record; -1: none yet',
    last_hash UInt64 COMMENT 'of its bytes',
    range_start UInt64,
    range_accepted UInt64 COMMENT 'distinct accepted, not erased offsets in [range_start, next_offset)',
    watermark DateTime64(3, 'UTC') COMMENT 'greatest min(event_time, arrival) of an accepted event; 1970: none yet',
    caught_up_at DateTime64(3, 'UTC') COMMENT 'when the log end was last reached; 2100 for a log that ended; 1970: never',
    log_end UInt64,
    partitions UInt32 COMMENT 'of the topic, when written',
    logic_version UInt32,
    erasures UInt32 COMMENT 'erasures folded'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, epoch, partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
