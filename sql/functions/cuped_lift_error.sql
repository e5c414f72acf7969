-- Returns: the standard error of the CUPED lift (ỹ_t − ỹ_c)/|m_c|, ỹ = m − θx̄, by the delta method:
-- √(s̃_t²/(n_t m_c²) + (s_y² m_t²/m_c² − 2θcov·m_t/m_c + θ²s_x²)_c/(n_c m_c²)).
-- Shape: people and adjusted variance of the variation, its unadjusted mean; then people, mean, variance of y and of x and
-- covariance of the control; θ.
-- Range: 0 or above; not a number at m_c = 0.
-- Source: CUPED of Deng, Xu, Kohavi and Walker (WSDM 2013), the ratio of means by the delta method.
CREATE OR REPLACE FUNCTION cuped_lift_error AS (n_t, adjusted_variance_t, mean_t, n_c, mean_c, variance_c, variance_x_c, covariance_c, theta) ->
    sqrt(
        adjusted_variance_t / n_t / pow(mean_c, 2)
        + (variance_c * pow(mean_t / mean_c, 2) - 2 * theta * covariance_c * mean_t / mean_c + theta * theta * variance_x_c)
            / n_c / pow(mean_c, 2));
