-- Returns: θ = cov(y, x)/var(x) over the rows of both arms together (not over their two means: the arms' own means count in),
-- from each arm's people, means, sample variance of x and sample covariance; NULL where x does not vary.
-- Shape: of each arm, the variation's first: people, mean of y, mean and sample variance of x, sample covariance.
-- Range: any number; NULL where x does not vary.
-- Source: sums of squares within the arms and between them (Chan); y is the metric, x the same before the exposure.
CREATE OR REPLACE FUNCTION cuped_theta AS (n_t, mean_t, mean_x_t, variance_x_t, covariance_t, n_c, mean_c, mean_x_c, variance_x_c, covariance_c) -> arrayMap(
    (cross, square) -> if(square > 0 AND isFinite(cross / square), cross / square, NULL),
    [CAST((n_t - 1) * covariance_t + (n_c - 1) * covariance_c + n_t * n_c / (n_t + n_c) * (mean_t - mean_c) * (mean_x_t - mean_x_c), 'Nullable(Float64)')],
    [CAST((n_t - 1) * variance_x_t + (n_c - 1) * variance_x_c + n_t * n_c / (n_t + n_c) * pow(mean_x_t - mean_x_c, 2), 'Nullable(Float64)')])[1];
