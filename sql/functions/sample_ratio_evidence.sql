-- Returns: the logarithm of the Bayes factor against 'people were split by these weights' (Dirichlet prior of 10,000 pseudo-counts
-- around them). 1/exp of its running maximum is a p-value that may be looked at every day.
-- Shape: people of each arm, and the weights as configured, of any sum.
-- Range: any number; above ln 1000 it is a p-value below 0.001.
-- Source: Lindon and Malek, anytime-valid inference for multinomial counts (NeurIPS 2022).
CREATE OR REPLACE FUNCTION sample_ratio_evidence AS (people, weights) ->
    lgamma(10000.) - lgamma(10000. + arraySum(people))
    + arraySum((n, w) -> lgamma(10000. * w / arraySum(weights) + n) - lgamma(10000. * w / arraySum(weights)) - n * log(w / arraySum(weights)), people, weights);
