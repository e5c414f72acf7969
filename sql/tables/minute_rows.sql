-- Grain: one cell of a tumbling minute within one block (2^18 offsets) of a partition. Additive; sum over partitions and blocks.
CREATE TABLE IF NOT EXISTS footfall.minute_rows
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    block UInt32 COMMENT 'offset div 2^18',
    site LowCardinality(String),
    minute DateTime('UTC') COMMENT 'start of the minute of event_time',
    event_name LowCardinality(String),
    country LowCardinality(String),
    device LowCardinality(String),
    platform LowCardinality(String),
    currency LowCardinality(String),
    version UInt64,
    events UInt64,
    engagement_ms Int64,
    value Int64 COMMENT 'as sent, minor units of currency',
    quantity Int64 COMMENT 'of all items'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(minute)
ORDER BY (site, minute, event_name, country, device, platform, currency, topic, epoch, partition, block)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;
