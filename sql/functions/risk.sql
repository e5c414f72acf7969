-- Returns: what choosing the variation loses on average if it is worse, σφ(μ/σ) − μΦ(−μ/σ), in units of the effect; the risk of
-- choosing the control is this + μ. NULL unless σ > 0.
-- Shape: the mean and the standard deviation of the posterior, or the estimate and its standard error.
-- Range: 0 or above; NULL unless σ > 0.
-- Source: the expected loss under a normal posterior.
CREATE OR REPLACE FUNCTION risk AS (mean, deviation) ->
    if(deviation > 0 AND isFinite(deviation), deviation * normal_pdf(mean / deviation) - mean * normal_cdf(-(mean) / deviation), NULL);
