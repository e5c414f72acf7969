-- Grain: one row.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: described = experiment_metrics packed (metrics_of), each metric by its place among them, so that a unit's row picks what it needs from
--   a constant.
-- Source: experiment_metrics.
CREATE OR REPLACE VIEW footfall.experiment_described AS
SELECT toJSONString(arraySort(groupArray((
    place, number, position, last_counted_ms, numerator_fact, denominator_fact, from_ms, to_ms, end_ms, covariate_ms,
    toUInt8(any_value), toUInt8(any_denominator), scale, denominator_scale, cap_percentile, since_ms, before_ms)))) AS described
FROM
(
    SELECT *, toUInt16(row_number() OVER (ORDER BY number, position)) AS place
    FROM footfall.experiment_metrics
    WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})
);
