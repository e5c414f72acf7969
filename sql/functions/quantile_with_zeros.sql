-- Returns: the value at place floor(level · n) (from 0) of n sorted values of which these are given and the rest are 0: what
-- quantileExact(level) says of all of them. NaN where n = 0.
-- Shape: sorted Array(Float64) of those given; n ≥ its length; 0 ≤ level < 1.
-- Range: one of the values, or 0; NaN where n = 0.
-- Source: the engine's quantileExact.
CREATE OR REPLACE FUNCTION quantile_with_zeros AS (sorted, n, level) -> arrayMap(
    (place, below, absent) -> multiIf(
        n = 0, nan,
        place < below, sorted[place + 1],
        place < below + absent, 0.,
        sorted[place - absent + 1]),
    [toInt64(floor(level * n))], [toInt64(arrayCount(v -> v < 0, sorted))], [toInt64(n) - toInt64(length(sorted))])[1];
