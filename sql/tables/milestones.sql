-- Grain: one accepted commercial event (the steps of a shop's funnels), sorted by name, so that orders or one step are read alone, then by visitor;
--   filled from event_rows by milestones_feed.
CREATE TABLE IF NOT EXISTS footfall.milestones
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    offset UInt64,
    version UInt64,
    session_id String,
    site LowCardinality(String),
    visitor_id String,
    user_id String,
    event_time DateTime64(3, 'UTC'),
    event_id String,
    event_name LowCardinality(String),
    platform LowCardinality(String),
    currency LowCardinality(String),
    value Int64,
    tax Int64,
    shipping Int64,
    discount Int64,
    transaction_id String,
    coupon LowCardinality(String),
    items Nested
    (
        item_id String,
        item_name String,
        item_brand LowCardinality(String),
        item_category LowCardinality(String),
        price Int64,
        cost Nullable(Int64),
        quantity Int32
    ),
    visitor_key UInt64 MATERIALIZED cityHash64(visitor_id) COMMENT 'what joins and counts compare instead of the id',
    session_key UInt64 MATERIALIZED cityHash64(session_id) COMMENT 'likewise'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(event_time)
ORDER BY (site, event_name, visitor_id, event_time, event_id, topic, epoch, partition, offset);
