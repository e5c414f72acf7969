-- Grain: one festival or sale day of a site. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.calendar
(
    site LowCardinality(String),
    day Date,
    name String,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, day, name);
