-- Returns: (low, high, p_value): the interval of an estimate at level 1 − alpha by the t quantile, and the two-sided p-value of
-- 'it is 0'; NULLs where the standard error is not a number above 0 or degrees < 1.
-- Shape: pass columns, not long expressions (t_p says why).
-- Range: low below high; a p-value of 0–1.
-- Source: Welch's t test (Biometrika 34, 1947) by t_critical and t_p.
CREATE OR REPLACE FUNCTION t_test AS (estimate, standard_error, degrees, alpha) -> arrayMap(
    -- As arguments of a lambda, so that each is planned once.
    (e, half, p) -> CAST(
        (if(isFinite(e - half), e - half, NULL), if(isFinite(e + half), e + half, NULL), p),
        'Tuple(low Nullable(Float64), high Nullable(Float64), p_value Nullable(Float64))'),
    [CAST(estimate, 'Nullable(Float64)')],
    [CAST(if(standard_error > 0, t_critical(alpha, degrees) * standard_error, NULL), 'Nullable(Float64)')],
    [t_p(if(standard_error > 0, estimate / standard_error, NULL), degrees)])[1];
