-- Grain: one person chosen for a campaign, before it began. Loaded by people; erasable.
CREATE TABLE IF NOT EXISTS footfall.campaign_people
(
    site LowCardinality(String),
    campaign String,
    person_id String COMMENT 'u:ACCOUNT or v:VISITOR',
    arm LowCardinality(String) COMMENT 'treated, held_out',
    at DateTime64(3, 'UTC') COMMENT 'when it was chosen',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, campaign, person_id);
