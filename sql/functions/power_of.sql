-- Returns: the probability, 0–1, that a two-sided test at alpha sees an effect that is there: 1 − Φ(c − δ/SE) + Φ(−c − δ/SE).
-- Shape: the effect and its standard error, in the same unit; alpha, 0–1.
-- Range: alpha to 1; NULL where the error is 0 or no number.
-- Source: the two-sided z test.
CREATE OR REPLACE FUNCTION power_of AS (effect, standard_error, alpha) -> arrayMap(
    (shift, c) -> if(isFinite(shift), 1 - normal_cdf(c - shift) + normal_cdf(-c - shift), NULL),
    [CAST((effect) / (standard_error), 'Nullable(Float64)')], [normal_critical(alpha)])[1];
