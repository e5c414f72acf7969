-- Returns: the metrics of experiment_described, unpacked: (place, number, position, last_counted_ms, numerator_fact, denominator_fact, from_ms, to_ms,
-- end_ms, covariate_ms, any_value, any_denominator, scale, denominator_scale, cap_percentile, since_ms, before_ms), by place.
CREATE OR REPLACE FUNCTION metrics_of AS (packed) -> JSONExtract(
    packed,
    'Array(Tuple(UInt16, UInt16, UInt16, Int64, UInt64, UInt64, Int64, Int64, Int64, Int64, UInt8, UInt8, Float64, Float64, Float64, Int64, Int64))');
