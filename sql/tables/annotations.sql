-- Grain: one remark that every time chart draws. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.annotations
(
    at DateTime64(3, 'UTC'),
    site LowCardinality(String) COMMENT 'empty: all sites',
    text String,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, at, text);
