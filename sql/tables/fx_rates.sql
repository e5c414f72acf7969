-- Grain: one day's rate: 1 unit of from_currency = rate units of to_currency. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.fx_rates
(
    day Date,
    from_currency LowCardinality(String),
    to_currency LowCardinality(String),
    rate Float64,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (from_currency, to_currency, day);
