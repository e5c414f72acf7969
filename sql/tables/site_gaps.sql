-- Grain: one pin of a site's session gap; the smallest (pinned_at, gap) of a site is in force for ever (change: rebuild).
CREATE TABLE IF NOT EXISTS footfall.site_gaps
(
    site String,
    gap_ms UInt64,
    pinned_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (site, pinned_at, gap_ms)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
