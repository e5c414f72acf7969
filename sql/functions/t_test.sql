-- Returns: (low, high, p_value): the interval of an estimate at level 1 − alpha by the t quantile, and the two-sided p-value of
-- 'it is 0'; NULLs where the standard error is not a number above 0 or degrees < 1.
CREATE OR REPLACE FUNCTION t_test AS (estimate, standard_error, degrees, alpha) -> arrayMap(
    (d, e, v, a) -> if(e > 0 AND isFinite(e) AND isFinite(d) AND v >= 1,
        CAST((d - t_critical(a, v) * e, d + t_critical(a, v) * e, t_p(d / e, v)), 'Tuple(low Nullable(Float64), high Nullable(Float64), p_value Nullable(Float64))'),
        CAST((NULL, NULL, NULL), 'Tuple(low Nullable(Float64), high Nullable(Float64), p_value Nullable(Float64))')),
    [CAST(estimate, 'Nullable(Float64)')], [CAST(standard_error, 'Nullable(Float64)')], [CAST(degrees, 'Nullable(Float64)')],
    [CAST(alpha, 'Nullable(Float64)')])[1];
