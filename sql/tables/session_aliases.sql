-- Grain: one absorbed session id; `root` is the session that it became part of, never itself absorbed.
CREATE TABLE IF NOT EXISTS footfall.session_aliases
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    session_id String COMMENT 'the absorbed id, as event_rows may carry it',
    root String,
    site LowCardinality(String),
    visitor_id String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (session_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
