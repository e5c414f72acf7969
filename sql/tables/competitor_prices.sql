-- Grain: one competitor's price of an item on a day. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.competitor_prices
(
    site LowCardinality(String),
    day Date,
    item_id String,
    competitor LowCardinality(String),
    currency LowCardinality(String) COMMENT 'ISO 4217',
    price Int64 COMMENT 'minor units of currency',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, item_id, competitor, day, currency);
