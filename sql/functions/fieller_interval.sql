-- Returns: (low, high) of the lift m_t/m_c − 1 by Fieller's theorem, which, unlike the delta method's interval, is right also where
-- the control mean is uncertain; NULLs where it is unbounded (g ≥ 1: the control mean cannot be told from 0) or m_c ≤ 0.
-- Shape: people, mean and sample variance of the variation, then of the control; z = critical value (1.96 for 95 %).
-- Range: low below high, both above −1 where the means are; (NULL, NULL) where there is none.
-- Source: g = z²s_c²/(n_c m_c²), R = m_t/m_c: [R ± (z/m_c)√((1−g)s_t²/n_t + R²s_c²/n_c)]/(1−g) − 1.
CREATE OR REPLACE FUNCTION fieller_interval AS (n_t, mean_t, variance_t, n_c, mean_c, variance_c, z) -> arrayMap(
    (r, g, half) -> if(g < 1 AND mean_c > 0 AND isFinite(half),
        CAST(((r - half) / (1 - g) - 1, (r + half) / (1 - g) - 1), 'Tuple(low Nullable(Float64), high Nullable(Float64))'),
        CAST((NULL, NULL), 'Tuple(low Nullable(Float64), high Nullable(Float64))')),
    [CAST(mean_t / mean_c, 'Nullable(Float64)')],
    [CAST(z * z * variance_c / n_c / pow(mean_c, 2), 'Nullable(Float64)')],
    [CAST(
        z / mean_c * sqrt((1 - z * z * variance_c / n_c / pow(mean_c, 2)) * variance_t / n_t + pow(mean_t / mean_c, 2) * variance_c / n_c),
        'Nullable(Float64)')])[1];
