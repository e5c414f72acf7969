-- Grain: one experiment. Loaded by people; a changed row replaces the old one.
CREATE TABLE IF NOT EXISTS footfall.experiments
(
    experiment String COMMENT 'experiment_id of its experiment_viewed events',
    site LowCardinality(String) DEFAULT 'shop',
    since DateTime('UTC') COMMENT 'exposures before it do not count',
    until Nullable(DateTime('UTC')) COMMENT 'its end; NULL: still running',
    variations Array(String) COMMENT 'variation_ids; the first is control',
    weights Array(Float64) DEFAULT arrayMap(v -> 1 / length(variations), variations) COMMENT 'of any sum, one a variation',
    metrics Array(String) COMMENT 'of the table metrics; the first is primary, those with a leading ! are guardrails',
    alpha Float64 DEFAULT 0.05,
    sequential_tuning Float64 DEFAULT 5000 COMMENT 'people at which the always-valid interval is narrowest',
    covariate_days UInt32 DEFAULT 14 COMMENT 'before the exposure; 0: no CUPED',
    unit LowCardinality(String) DEFAULT 'person' COMMENT 'person, visitor',
    minimum_effect Float64 DEFAULT 0.05 COMMENT 'relative: the smallest lift worth knowing',
    min_days UInt32 DEFAULT 7,
    correction LowCardinality(String) DEFAULT 'holm' COMMENT 'holm, bh',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3),
    CONSTRAINT experiment_is_named CHECK experiment != '',
    CONSTRAINT until_is_after_since CHECK ifNull(until > since, true),
    CONSTRAINT variations_are_two_or_more_and_differ CHECK length(variations) >= 2 AND length(arrayDistinct(variations)) = length(variations),
    CONSTRAINT weights_are_positive_and_one_a_variation CHECK length(weights) = length(variations) AND arrayAll(w -> w > 0, weights),
    CONSTRAINT metrics_differ CHECK notEmpty(metrics) AND length(arrayDistinct(arrayMap(m -> trim(LEADING '!' FROM m), metrics))) = length(metrics),
    CONSTRAINT primary_is_no_guardrail CHECK NOT startsWith(metrics[1], '!'),
    CONSTRAINT alpha_is_a_probability CHECK alpha > 0 AND alpha < 1,
    CONSTRAINT sequential_tuning_is_positive CHECK sequential_tuning > 0,
    CONSTRAINT covariate_days_are_at_most_a_year CHECK covariate_days <= 365,
    CONSTRAINT unit_is_person_or_visitor CHECK unit IN ('person', 'visitor'),
    CONSTRAINT minimum_effect_is_positive CHECK minimum_effect > 0,
    CONSTRAINT correction_is_holm_or_bh CHECK correction IN ('holm', 'bh')
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (experiment);
