-- Grain: one shop. Loaded by people; a site that events name but this table lacks has the defaults below.
CREATE TABLE IF NOT EXISTS footfall.sites
(
    site String,
    timezone String DEFAULT 'UTC' COMMENT 'IANA',
    currency String DEFAULT 'USD' COMMENT 'ISO 4217, of the reports',
    session_gap_seconds UInt32 DEFAULT 1800 COMMENT 'pinned in site_gaps when the first event is folded',
    key_events Array(String) DEFAULT ['purchase'],
    dormant_days UInt32 DEFAULT 60,
    churned_days UInt32 DEFAULT 180,
    point_value Int64 DEFAULT 0 COMMENT 'minor units of currency',
    brand_terms Array(String) DEFAULT [],
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site);
