-- Returns: Welch's degrees of freedom ν = (a+b)²/(a²/(n_t−1) + b²/(n_c−1)), a, b = variance/n of each arm; NULL or NaN where an
-- arm has one person or neither varies.
-- Shape: people and sample variance of the variation, then of the control.
-- Range: from the smaller arm less 1 to all people less 2.
-- Source: Welch (Biometrika 34, 1947) and Satterthwaite (1946).
CREATE OR REPLACE FUNCTION welch_degrees AS (n_t, variance_t, n_c, variance_c) ->
    pow(variance_t / n_t + variance_c / n_c, 2)
    / (if(variance_t = 0, 0., pow(variance_t / n_t, 2) / (n_t - 1)) + if(variance_c = 0, 0., pow(variance_c / n_c, 2) / (n_c - 1)));
