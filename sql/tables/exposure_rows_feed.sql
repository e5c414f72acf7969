-- Fills `exposure_rows` from every insert into event_rows: a plain filter, so a repeated insert repeats equal rows.
CREATE MATERIALIZED VIEW IF NOT EXISTS footfall.exposure_rows_feed TO footfall.exposure_rows AS
SELECT
    topic, epoch, partition, offset, version, site, experiment_id AS experiment, variation_id AS variation, visitor_id, session_id,
    event_time, event_id
FROM footfall.event_rows
WHERE event_name = 'experiment_viewed' AND experiment_id != '';
