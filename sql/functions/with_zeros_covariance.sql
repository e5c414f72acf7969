-- Returns: the sample covariance of x and y over n people of whom `present` have values, with these means and sum of products of
-- deviations, and the others 0 in both; NULL where n < 2.
-- Shape: people; those present, their means, their sum of products of deviations.
-- Range: any number; NULL where n < 2.
-- Source: sums of products within two groups and between them (Chan, Golub and LeVeque, 1979).
CREATE OR REPLACE FUNCTION with_zeros_covariance AS (n, present, mean_x, mean_y, deviation_products) ->
    if(n > 1, (deviation_products + if(present = n, 0., mean_x * mean_y * present * ((n - present) / n))) / (n - 1), NULL);
