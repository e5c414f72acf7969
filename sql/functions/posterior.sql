-- Returns: (mean, deviation) of a normal effect after seeing an estimate with this variance, under a normal prior; a prior
-- variance of inf is a flat prior: the estimate and its standard error.
CREATE OR REPLACE FUNCTION posterior AS (estimate, variance, prior_mean, prior_variance) -> arrayMap(
    w -> (((estimate) / (variance) + (prior_mean) / (prior_variance)) / w, pow(w, -0.5)),
    [1 / (variance) + 1 / (prior_variance)])[1];
