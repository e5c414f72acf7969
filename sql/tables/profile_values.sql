-- Grain: one value of a person's profile (member level, profession, …) from a moment on. Loaded by people; erasable.
CREATE TABLE IF NOT EXISTS footfall.profile_values
(
    site LowCardinality(String),
    user_id String,
    key LowCardinality(String),
    value String,
    since DateTime64(3, 'UTC') DEFAULT toDateTime64('1970-01-02 00:00:00', 3, 'UTC'),
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (site, key, user_id, since);
