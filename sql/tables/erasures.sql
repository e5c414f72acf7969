-- Grain: one erasure asked for, numbered from 1; the worker counts later events of these as `erased`.
CREATE TABLE IF NOT EXISTS footfall.erasures
(
    number UInt32,
    kind LowCardinality(String) COMMENT 'visitor, user',
    hash UInt64 COMMENT 'of the visitor_id or user_id',
    asked_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (number, kind, hash);
