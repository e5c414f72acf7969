-- Grain: one campaign as it was planned. Loaded by people.
CREATE TABLE IF NOT EXISTS footfall.campaign_plans
(
    site LowCardinality(String),
    campaign String,
    since Date COMMENT 'first day, of the site',
    until Date COMMENT 'last day, in',
    kind LowCardinality(String) COMMENT 'sale, festival, message, winback, reward, …; message and reward costs count there too',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    cost Int64 COMMENT 'minor units of currency, beside ad_costs',
    goal LowCardinality(String) COMMENT 'what target counts: orders, revenue (minor units of the site''s currency), new_customers, participants; empty: none',
    target Float64,
    text String,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, campaign);
