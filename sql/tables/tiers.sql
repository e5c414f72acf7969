-- Grain: one level of a site's loyalty scheme. Loaded by people; a person has the highest one whose every bound is reached.
CREATE TABLE IF NOT EXISTS footfall.tiers
(
    site LowCardinality(String),
    tier LowCardinality(String),
    points_from Int64 COMMENT 'points earned in the window',
    spend_from Int64 COMMENT 'net revenue in the window, minor units of the site''s currency',
    orders_from UInt64 COMMENT 'orders in the window',
    window_days UInt64 DEFAULT 365 COMMENT 'back from as_of; 0: all time',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, tier);
