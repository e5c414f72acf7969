-- Returns: the p-value that belongs to always_valid_half_width: it may be looked at any number of times; 0–1.
-- Shape: the estimate, its standard error now, people of both arms now; alpha and tuning as the interval's.
CREATE OR REPLACE FUNCTION always_valid_p AS (estimate, standard_error, people, alpha, tuning) -> arrayMap(
    (d, e, nr) -> if(e > 0 AND isFinite(e) AND isFinite(d) AND nr > 0,
        least(1., exp(0.5 * log(nr + 1) - nr * d * d / (2 * e * e * (nr + 1)))),
        NULL),
    [CAST(estimate, 'Nullable(Float64)')], [CAST(standard_error, 'Nullable(Float64)')],
    [CAST(people * always_valid_rate(alpha, tuning), 'Nullable(Float64)')])[1];
