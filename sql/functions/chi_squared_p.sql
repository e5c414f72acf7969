-- Returns: the probability that χ² with `degrees` (a whole number ≥ 1) of freedom is above x, 0–1; NULL unless x ≥ 0.
-- Shape: pass columns, not long expressions (t_p says why).
-- Range: 0–1; NULL unless x ≥ 0.
-- Source: the finite sums for odd and even degrees (Abramowitz & Stegun 26.4.4–5), each term in logarithms.
CREATE OR REPLACE FUNCTION chi_squared_p AS (x, degrees) -> finite(multiIf(
    ifNull(isNaN(x) OR x < 0 OR NOT degrees >= 1, true), nan,
    x = 0, 1.,
    if(degrees % 2 = 1, erfc(sqrt(x / 2)), 0.) + arraySum(
        j -> exp(j * log(number_or_nan(x) / 2) - number_or_nan(x) / 2 - lgamma(j + 1)),
        arrayMap(i -> i + if(ifNull(degrees % 2 = 1, false), 0.5, 0), range(toUInt64(ifNull(intDiv(toInt64(degrees), 2), 0)))))));
