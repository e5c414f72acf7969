-- Returns: the probability, 0–1, that a two-sided test at alpha sees an effect that is there: 1 − Φ(c − δ/SE) + Φ(−c − δ/SE).
CREATE OR REPLACE FUNCTION power_of AS (effect, standard_error, alpha) -> arrayMap(
    (shift, c) -> if(isFinite(shift), 1 - normal_cdf(c - shift) + normal_cdf(-c - shift), NULL),
    [CAST((effect) / (standard_error), 'Nullable(Float64)')], [normal_critical(alpha)])[1];
