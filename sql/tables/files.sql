-- Grain: one event file, by the hash of its content: which offsets of the topic `files` are its records.
CREATE TABLE IF NOT EXISTS footfall.files
(
    content_hash String COMMENT 'SHA-256, hex',
    name String COMMENT 'as it was given first',
    base_offset UInt64,
    records UInt64,
    first_seen DateTime64(3, 'UTC') COMMENT 'arrival of records without received_time'
)
ENGINE = ReplacingMergeTree
ORDER BY (content_hash)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
