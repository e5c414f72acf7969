-- Grain: one metric of experiments: what is added up for each person after the exposure. Loaded by people.
-- value: count (events), any (0 or 1), revenue (net, of orders), quantity (of items), points, score, engagement_time_ms, or
-- metrics.KEY (that entry of the event's metrics). Purchases count once a transaction, less refunds where it is revenue.
CREATE TABLE IF NOT EXISTS footfall.metrics
(
    metric String,
    kind LowCardinality(String) COMMENT 'proportion: share of people with any; mean: per person; ratio: of two sums',
    event LowCardinality(String) COMMENT 'empty: every event',
    value String DEFAULT if(kind = 'proportion', 'any', 'count'),
    denominator_event LowCardinality(String) COMMENT 'of a ratio, with the next',
    denominator_value String DEFAULT if(kind = 'ratio', 'count', ''),
    delay_hours UInt32 DEFAULT 0 COMMENT 'from the exposure to where counting starts',
    window_hours UInt32 DEFAULT 0 COMMENT 'for how long; 0: to the end of the experiment',
    direction Int8 DEFAULT 1 COMMENT '-1: down is good',
    cap_percentile Float64 DEFAULT 0 COMMENT 'people above this percentile count as it; 0: none; 0.99',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3),
    CONSTRAINT metric_is_named CHECK metric != '' AND NOT startsWith(metric, '!'),
    CONSTRAINT kind_is_proportion_mean_or_ratio CHECK kind IN ('proportion', 'mean', 'ratio'),
    CONSTRAINT value_is_known CHECK match(value, '^(count|any|revenue|quantity|points|score|engagement_time_ms|metrics\\..+)$'),
    CONSTRAINT denominator_value_is_known CHECK match(denominator_value, '^(|count|any|revenue|quantity|points|score|engagement_time_ms|metrics\\..+)$'),
    CONSTRAINT ratio_has_a_denominator CHECK kind != 'ratio' OR denominator_value != '',
    CONSTRAINT revenue_is_of_purchases CHECK (value != 'revenue' OR event IN ('', 'purchase')) AND (denominator_value != 'revenue' OR denominator_event IN ('', 'purchase')),
    CONSTRAINT windows_are_at_most_two_years CHECK delay_hours <= 17520 AND window_hours <= 17520,
    CONSTRAINT direction_is_1_or_minus_1 CHECK direction IN (1, -1),
    CONSTRAINT cap_percentile_is_0_or_a_share CHECK cap_percentile >= 0 AND cap_percentile < 1
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (metric);
