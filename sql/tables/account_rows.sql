-- Grain: one visitor and account seen together; filled from event_rows by account_rows_feed. Least and greatest are the
-- same however often an event is inserted, so that retries and replays change nothing.
CREATE TABLE IF NOT EXISTS footfall.account_rows
(
    site LowCardinality(String),
    visitor_id String,
    user_id String,
    first SimpleAggregateFunction(min, Tuple(DateTime64(3, 'UTC'), String)) COMMENT '(event_time, event_id) of their first event together',
    last SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), String)) COMMENT 'of their last'
)
ENGINE = AggregatingMergeTree
ORDER BY (site, visitor_id, user_id);
