-- Returns: the sample variance of n people of whom `present` have a value, with this mean and sum of squared deviations, and the
-- others 0; NULL where n < 2. Exact: the sums of squares of two groups and between them (Chan), no Σx² − (Σx)²/n.
-- Shape: people; those present, their mean, their sum of squared deviations.
-- Range: 0 or above; NULL where n < 2.
-- Source: sums of squares within two groups and between them (Chan, Golub and LeVeque, 1979).
CREATE OR REPLACE FUNCTION with_zeros_variance AS (n, present, mean, squared_deviations) ->
    if(n > 1, (squared_deviations + if(present = n, 0., mean * mean * present * ((n - present) / n))) / (n - 1), NULL);
