-- Grain: one erasure asked for, numbered from 1; the worker counts later events of these as `erased`.
CREATE TABLE IF NOT EXISTS footfall.erasures
(
    number UInt32,
    kind LowCardinality(String) COMMENT 'visitor, user',
    hash UInt64 COMMENT 'of the visitor_id or user_id',
    asked_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (number, kind, hash)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
