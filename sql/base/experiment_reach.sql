-- Grain: one experiment: from when to when its views read events.
-- Definition: from the start less the covariate's days to the end and the longest delay and window of any metric after it.
-- Source: experiments, metrics.
CREATE OR REPLACE VIEW footfall.experiment_reach AS
SELECT
    experiment,
    toString(site) AS site,
    toDateTime64(since - toIntervalDay(covariate_days), 3, 'UTC') AS reads_from,
    toDateTime64(ifNull(until, toDateTime('2100-01-01 00:00:00', 'UTC')), 3, 'UTC')
        + toIntervalHour((SELECT max(delay_hours + window_hours) FROM footfall.metrics)) AS reads_to
FROM footfall.experiments FINAL;
