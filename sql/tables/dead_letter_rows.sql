-- Grain: one rejected record, whole.
CREATE TABLE IF NOT EXISTS footfall.dead_letter_rows
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    offset UInt64,
    version UInt64,
    arrival DateTime64(3, 'UTC'),
    key Nullable(String),
    bytes Nullable(String),
    headers Array(Tuple(name String, value String)),
    reason LowCardinality(String),
    detail String,
    site LowCardinality(String),
    platform LowCardinality(String),
    replay_of String
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(arrival)
ORDER BY (topic, epoch, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
