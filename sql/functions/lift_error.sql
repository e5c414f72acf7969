-- Returns: the standard error of the lift (m_t − m_c)/|m_c| by the delta method, √(s_t²/(n_t m_c²) + s_c² m_t²/(n_c m_c⁴)).
-- Shape: people, mean and sample variance of the variation, then of the control. Undefined (inf, NaN) at m_c = 0.
-- Range: 0 or above.
-- Source: the delta method on the ratio of two independent means.
CREATE OR REPLACE FUNCTION lift_error AS (n_t, mean_t, variance_t, n_c, mean_c, variance_c) ->
    sqrt(variance_t / n_t / pow(mean_c, 2) + variance_c / n_c * pow(mean_t, 2) / pow(mean_c, 4));
