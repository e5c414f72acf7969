-- Returns: the probability, 0–1, that a normally distributed effect is above 0: Φ(μ/σ), with the posterior's mean and standard
-- deviation (under a flat prior: the estimate and its standard error); NULL unless σ > 0.
-- Shape: the mean and the standard deviation of the posterior, or the estimate and its standard error.
-- Range: 0–1; NULL unless σ > 0.
-- Source: the normal distribution as posterior: Φ(μ/σ).
CREATE OR REPLACE FUNCTION chance_to_win AS (mean, deviation) ->
    if(deviation > 0 AND isFinite(deviation), normal_cdf(mean / deviation), NULL);
