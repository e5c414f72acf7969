-- Returns: the smallest lift that these people would show with this power at alpha, by the delta method's variance at that lift;
-- NULL where none is (too few people for the control mean to be told from 0) or the control mean is 0.
-- Shape: people and sample variance of the variation; people, mean and sample variance of the control; alpha, power 0–1.
-- Range: above 0, without an upper bound.
-- Source: R = 1 + lift solves (R−1)² = k²(s_t²/n_t + R²s_c²/n_c)/m_c², k = z(α/2) + z(β); with equal arms
-- [m + √(m² − q(m² − k²s²/n))]/(q m) − 1, q = 1 − s²k²/(n m²).
CREATE OR REPLACE FUNCTION minimum_detectable_lift AS (n_t, variance_t, n_c, mean_c, variance_c, alpha, power) -> arrayMap(
    (a, b) -> if(b < 1 AND a > 0 AND isFinite(a), (1 + sqrt(greatest(0., 1 - (1 - b) * (1 - a)))) / (1 - b) - 1, NULL),
    [CAST(pow(normal_critical(alpha) + normal_critical(2 * (1 - power)), 2) * variance_t / n_t / pow(mean_c, 2), 'Nullable(Float64)')],
    [CAST(pow(normal_critical(alpha) + normal_critical(2 * (1 - power)), 2) * variance_c / n_c / pow(mean_c, 2), 'Nullable(Float64)')])[1];
