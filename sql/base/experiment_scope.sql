-- Grain: one experiment.
-- Definition: its settings; as_of as everywhere; counted_until = the earlier of `until` and the first millisecond after as_of: what
--   happens from then on does not count; ended = as_of has reached `until`. number = its place among all.
-- Source: experiments, as_of.
CREATE OR REPLACE VIEW footfall.experiment_scope AS
SELECT
    experiment,
    toUInt16(row_number() OVER (ORDER BY experiment)) AS number,
    site,
    toDateTime64(e.since, 3, 'UTC') AS since,
    toDateTime64(e.until, 3, 'UTC') AS until,
    (SELECT as_of FROM footfall.as_of) AS as_of,
    least(ifNull(until, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')), as_of + toIntervalMillisecond(1)) AS counted_until,
    ifNull(until <= as_of, false) AS ended,
    variations,
    weights,
    metrics,
    alpha,
    sequential_tuning,
    covariate_days,
    toString(unit) AS unit,
    minimum_effect,
    greatest(min_days, 7) AS min_days,
    toString(correction) AS correction
FROM footfall.experiments AS e FINAL;
