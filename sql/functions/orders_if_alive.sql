-- Returns: orders that BG/NBD expects in the `weeks` to come of a customer with x repeat order days, watched for t weeks, who has
-- not left (to be multiplied by the probability of that). The published formula after Euler's transformation of its
-- hypergeometric function, whose series is then short. a = 1 is asked beside 1, where the formula is 0 / 0.
CREATE OR REPLACE FUNCTION orders_if_alive AS (x, t, r, alpha, a, b, weeks) -> arrayMap(
    (a_, z) -> (a_ + b + x - 1) / (a_ - 1) * (1 - pow(1 - z, a_ - 1) * arrayFold(
        (acc, n) -> (
            acc.1 * (a_ + b - 1 - r + n) * (a_ - 1 + n) / ((a_ + b + x - 1 + n) * (n + 1)) * z,
            acc.2 + acc.1 * (a_ + b - 1 - r + n) * (a_ - 1 + n) / ((a_ + b + x - 1 + n) * (n + 1)) * z),
        range(200),
        (toFloat64(1), toFloat64(1))).2),
    [if(abs(a - 1) < 1e-6, 1 + 1e-6, a)],
    [weeks / (alpha + t + weeks)])[1];
