-- Returns: the standard error of a difference of two independent means, √(s_t²/n_t + s_c²/n_c).
-- Shape: people and sample variance of the variation, then of the control.
-- Range: 0 or above.
-- Source: Welch's t test (Biometrika 34, 1947).
CREATE OR REPLACE FUNCTION difference_error AS (n_t, variance_t, n_c, variance_c) ->
    sqrt(variance_t / n_t + variance_c / n_c);
