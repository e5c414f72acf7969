-- Grain: one parameter of a model as fitted for a day. Written by `fit`.
CREATE TABLE IF NOT EXISTS footfall.models
(
    site LowCardinality(String),
    as_of Date COMMENT 'fitted on what was known at the end of this day, of the site',
    model LowCardinality(String) COMMENT 'bg_nbd (r, alpha, a, b), gamma_gamma (p, q, gamma), markov (a channel''s removal effect); each with converged (0 or 1), and log_likelihood and people where it has them',
    parameter String,
    value Float64 COMMENT 'time in weeks, money in major units of the site''s currency',
    lookback_days UInt64 DEFAULT 0 COMMENT 'of markov',
    fitted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(fitted_at)
ORDER BY (site, model, lookback_days, as_of, parameter);
