-- Returns: the p-value that belongs to always_valid_half_width: it may be looked at any number of times; 0–1.
-- Shape: the estimate, its standard error now, people of both arms now; alpha and tuning as the interval's.
-- Range: 0–1; NULL where the error is not a number above 0, or people are 0.
-- Source: the α at which the interval of Waudby-Smith and others (arXiv 2103.06476) touches 0: min(1, √(Nρ²+1)·exp(−ρ²NΔ²/(2V(Nρ²+1)))).
CREATE OR REPLACE FUNCTION always_valid_p AS (estimate, standard_error, people, alpha, tuning) -> arrayMap(
    (d, e, nr) -> if(e > 0 AND isFinite(e) AND isFinite(d) AND nr > 0,
        least(1., exp(0.5 * log(nr + 1) - nr * d * d / (2 * e * e * (nr + 1)))),
        NULL),
    [CAST(estimate, 'Nullable(Float64)')], [CAST(standard_error, 'Nullable(Float64)')],
    [CAST(people * always_valid_rate(alpha, tuning), 'Nullable(Float64)')])[1];
