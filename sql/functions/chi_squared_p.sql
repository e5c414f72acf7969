-- Returns: the probability that χ² with `degrees` (a whole number ≥ 1) of freedom is above x, 0–1; NULL unless x ≥ 0.
-- Source: the finite sums for odd and even degrees (Abramowitz & Stegun 26.4.4–5), each term in logarithms.
CREATE OR REPLACE FUNCTION chi_squared_p AS (x, degrees) -> finite(arrayMap(
    (c, k) -> multiIf(
        isNaN(c) OR c < 0 OR k < 1, nan,
        c = 0, 1.,
        k % 2 = 1,
            erfc(sqrt(c / 2)) + arraySum(j -> exp((j - 0.5) * log(c / 2) - c / 2 - lgamma(j + 0.5)), arrayFilter(j -> j <= intDiv(k, 2), range(1, 200))),
        arraySum(j -> exp(j * log(c / 2) - c / 2 - lgamma(j + 1.)), arrayFilter(j -> j < intDiv(k, 2), range(0, 200)))),
    [number_or_nan(x)], [ifNull(toInt64(degrees), 0)])[1]);
