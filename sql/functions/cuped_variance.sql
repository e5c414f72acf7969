-- Returns: the sample variance of y − θx, s_y² + θ²s_x² − 2θcov, held at 0 or above (rounding); NULL where one of them is.
-- Shape: sample variances of y and x, their sample covariance; θ.
-- Range: 0 or above.
-- Source: CUPED of Deng, Xu, Kohavi and Walker (WSDM 2013).
CREATE OR REPLACE FUNCTION cuped_variance AS (variance_y, variance_x, covariance, theta) -> arrayMap(
    v -> if(v < 0, 0., v),
    [CAST(variance_y + theta * theta * variance_x - 2 * theta * covariance, 'Nullable(Float64)')])[1];
