-- Returns: the variance per person of the ratio of two sums r = ΣM/ΣD by the delta method,
-- s_M²/μ_D² + s_D²μ_M²/μ_D⁴ − 2cov·μ_M/μ_D³; the ratio is then treated as a mean with it.
-- Shape: mean and sample variance of the numerator, then of the denominator, and their sample covariance, all per person.
-- Range: 0 or above, but for rounding; not a number where the mean denominator is 0.
-- Source: Deng, Knoblich and Lu, applying the delta method in metric analytics (KDD 2018).
CREATE OR REPLACE FUNCTION ratio_variance AS (mean_m, variance_m, mean_d, variance_d, covariance) ->
    variance_m / pow(mean_d, 2) + variance_d * pow(mean_m, 2) / pow(mean_d, 4) - 2 * covariance * mean_m / pow(mean_d, 3);
