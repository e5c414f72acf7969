-- Grain: how often a place talked about a topic on a day, in one mood. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.mentions
(
    site LowCardinality(String),
    day Date,
    source LowCardinality(String),
    topic LowCardinality(String),
    sentiment LowCardinality(String) COMMENT 'positive, neutral, negative',
    count UInt64,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, day, source, topic, sentiment);
