-- Grain: one object that `migrate` made here: the hash of its definition and of all it reads, so that a second run finds
-- in one query what is left to do.
CREATE TABLE IF NOT EXISTS footfall.schema_objects
(
    name String,
    hash String COMMENT 'SHA-256, hex',
    applied_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY (name);
