-- Returns: (mean, deviation) of a normal effect after seeing an estimate with this variance, under a normal prior; a prior
-- variance of inf is a flat prior: the estimate and its standard error.
-- Shape: an estimate and its variance, the prior's mean and variance.
-- Range: any mean; a deviation above 0, at most that of the estimate.
-- Source: the conjugate normal prior: precisions add up, means are weighted by them.
CREATE OR REPLACE FUNCTION posterior AS (estimate, variance, prior_mean, prior_variance) -> arrayMap(
    w -> (((estimate) / (variance) + (prior_mean) / (prior_variance)) / w, pow(w, -0.5)),
    [1 / (variance) + 1 / (prior_variance)])[1];
