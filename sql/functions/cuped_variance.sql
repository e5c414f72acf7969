-- Returns: the sample variance of y − θx, s_y² + θ²s_x² − 2θcov, held at 0 or above (rounding).
CREATE OR REPLACE FUNCTION cuped_variance AS (variance_y, variance_x, covariance, theta) ->
    greatest(0., variance_y + theta * theta * variance_x - 2 * theta * covariance);
