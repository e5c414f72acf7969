-- Returns: the sample variance of y − θx, s_y² + θ²s_x² − 2θcov, held at 0 or above (rounding); NULL where one of them is.
CREATE OR REPLACE FUNCTION cuped_variance AS (variance_y, variance_x, covariance, theta) -> arrayMap(
    v -> if(v < 0, 0., v),
    [CAST(variance_y + theta * theta * variance_x - 2 * theta * covariance, 'Nullable(Float64)')])[1];
