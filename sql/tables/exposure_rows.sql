-- Grain: one accepted experiment_viewed event; filled from event_rows by exposure_rows_feed. Sorted by experiment, so that reading
-- one reads nothing else. Rows written twice are equal: the first exposure is a minimum, which they do not move.
CREATE TABLE IF NOT EXISTS footfall.exposure_rows
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    offset UInt64,
    version UInt64,
    site LowCardinality(String),
    experiment LowCardinality(String),
    variation LowCardinality(String),
    visitor_id String,
    session_id String COMMENT 'the id first given; resolve by session_aliases',
    event_time DateTime64(3, 'UTC'),
    event_id String,
    visitor_key UInt64 MATERIALIZED cityHash64(visitor_id) COMMENT 'what joins and counts compare instead of the id',
    session_key UInt64 MATERIALIZED cityHash64(session_id) COMMENT 'likewise'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(event_time)
ORDER BY (experiment, site, visitor_id, event_time, event_id, topic, epoch, partition, offset);
