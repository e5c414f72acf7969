-- Grain: one order as the back office has it, to compare the tracked ones with. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.back_office_orders
(
    site LowCardinality(String),
    transaction_id String,
    day Date COMMENT 'of the site',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    value Int64 COMMENT 'gross, without tax and shipping; minor units of currency',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, transaction_id);
