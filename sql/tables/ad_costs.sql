-- Grain: what one day's advertising of one place and campaign cost. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.ad_costs
(
    site LowCardinality(String),
    day Date COMMENT 'of the site',
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    term String,
    content String,
    currency LowCardinality(String) COMMENT 'ISO 4217',
    cost Int64 COMMENT 'minor units of currency',
    commission Int64 COMMENT 'minor units of currency, beside cost',
    clicks UInt64,
    impressions UInt64,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, day, source, medium, campaign, term, content, currency);
