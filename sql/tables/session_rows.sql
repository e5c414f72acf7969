-- Grain: one session id and version; the highest version of an id is the session, unless it is a tombstone.
-- Sums and firsts over the session's events in `event_rows`; money is gross, as sent (net: orders_fact).
CREATE TABLE IF NOT EXISTS footfall.session_rows
(
    topic LowCardinality(String),
    epoch UInt32,
    partition UInt32,
    session_id String COMMENT 'topic-epoch-partition-offset of the event that arrived first',
    session_offset UInt64,
    version UInt64 COMMENT 'erasures folded * 2^44 + first offset not folded',
    tombstone Bool COMMENT 'absorbed by another session; keeps its content',
    id_time DateTime64(3, 'UTC') COMMENT 'event time of the event that arrived first: never changes',
    site LowCardinality(String),
    visitor_id String,
    user_id String COMMENT 'of the last event that has one; empty: none',
    started_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    events UInt32,
    active_events UInt32 COMMENT 'events by which a person was there',
    page_views UInt32,
    engagement_ms Int64,
    landing_page String COMMENT 'page_location of the first event',
    exit_page String COMMENT 'page_location of the last event',
    referrer String COMMENT 'first non-empty page_referrer',
    channel LowCardinality(String) COMMENT 'of the first event that carries one, with the next five; Direct where none does',
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    term String,
    content String,
    country LowCardinality(String),
    region LowCardinality(String),
    city LowCardinality(String),
    language LowCardinality(String),
    device LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    platform LowCardinality(String),
    product_views UInt32,
    cart_adds UInt32,
    checkouts UInt32,
    purchases UInt32 COMMENT 'purchase events, as sent',
    gross Map(LowCardinality(String), Int64) COMMENT 'sum of purchase values by currency, minor units',
    searches UInt32,
    event_names Array(LowCardinality(String)) COMMENT 'sorted',
    bot_reasons Array(LowCardinality(String)) COMMENT 'sorted; empty: a person',
    state String COMMENT 'what the fold needs to go on: times and ids of the events that gave the dimensions',
    INDEX end_range ended_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(id_time)
ORDER BY (site, visitor_id, session_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;
