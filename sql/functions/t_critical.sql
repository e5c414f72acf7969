-- Returns: t such that Student's t with `degrees` of freedom is beyond ±t with probability alpha (0.05, 10 → 2.228139);
-- NULL unless degrees ≥ 1 and 0 < alpha < 1. Relative error below 1e-8 for alpha ≥ 1e-6.
-- Shape: pass columns, not long expressions (t_p says why).
-- Range: above 0.
-- Source: Cornish–Fisher to ν⁻⁴ (Abramowitz & Stegun 26.7.5); below 200 degrees refined by five steps of Newton's method on
-- ln p as a function of ln t, which is nearly straight.
CREATE OR REPLACE FUNCTION t_critical AS (alpha, degrees) -> finite(if(
    ifNull(degrees >= 1 AND alpha > 0 AND alpha < 1, false),
    arrayFold(
        (t, step) -> if(
            ifNull(degrees >= 200, true),
            t,
            arrayMap(
                p -> t * exp(greatest(-2., least(2., p * log(p / number_or_nan(alpha)) * sqrt(number_or_nan(degrees) * pi())
                    * exp(lgamma(number_or_nan(degrees) / 2) - lgamma((number_or_nan(degrees) + 1) / 2) + (number_or_nan(degrees) + 1) / 2 * log1p(t * t / number_or_nan(degrees))) / (2 * t)))),
                [number_or_nan(t_p(t, degrees))])[1]),
        range(5),
        arrayMap(
            (z, v) -> z + (pow(z, 3) + z) / (4 * v) + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * pow(v, 2))
                + (3 * pow(z, 7) + 19 * pow(z, 5) + 17 * pow(z, 3) - 15 * z) / (384 * pow(v, 3))
                + (79 * pow(z, 9) + 776 * pow(z, 7) + 1482 * pow(z, 5) - 1920 * pow(z, 3) - 945 * z) / (92160 * pow(v, 4)),
            [number_or_nan(normal_critical(alpha))], [number_or_nan(degrees)])[1]),
    nan));
