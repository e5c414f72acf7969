-- Returns: the two-sided p-value of two proportions by the pooled z test, as many tools print it; the verdict uses Welch's
-- test instead. NULL where nobody or everybody succeeded.
-- Shape: people and successes of the variation, then of the control.
-- Range: 0–1.
-- Source: the pooled two-proportion z test.
CREATE OR REPLACE FUNCTION proportions_p AS (n_t, successes_t, n_c, successes_c) ->
    if(successes_t + successes_c > 0 AND successes_t + successes_c < n_t + n_c,
        erfc(abs(successes_t / n_t - successes_c / n_c)
            / sqrt((successes_t + successes_c) / (n_t + n_c) * (1 - (successes_t + successes_c) / (n_t + n_c)) * (1 / n_t + 1 / n_c))
            / sqrt(2)),
        NULL);
