-- Grain: what became of the records of one block (2^18 offsets) of a partition that arrived in one hour.
-- outcome 'consumed' is counted at the source, before decoding, with site, platform and reason empty.
CREATE TABLE IF NOT EXISTS footfall.ledger_rows
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    block UInt32 COMMENT 'offset div 2^18',
    hour DateTime('UTC') COMMENT 'start of the hour of arrival',
    site LowCardinality(String) COMMENT 'empty where the record could not be read',
    platform LowCardinality(String),
    outcome LowCardinality(String) COMMENT 'consumed; accepted, duplicate, unconsented, erased, rejected; misplaced beside them',
    reason LowCardinality(String) COMMENT 'of rejected',
    version UInt64,
    records UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (topic, epoch, partition, block, hour, site, platform, outcome, reason)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;
