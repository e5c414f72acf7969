-- Returns: the p-value of Pearson's χ² that people were split by these weights; NULL with nobody or fewer than two arms.
-- Shape: people of each arm (an empty arm is 0, not left out), and the weights as configured, of any sum.
-- Range: 0–1.
-- Source: Pearson's χ² test of goodness of fit.
CREATE OR REPLACE FUNCTION sample_ratio_p AS (people, weights) -> if(arraySum(people) > 0 AND length(people) > 1,
    chi_squared_p(
        arraySum((n, w) -> pow(n - arraySum(people) * w / arraySum(weights), 2) / (arraySum(people) * w / arraySum(weights)), people, weights),
        length(people) - 1),
    NULL);
