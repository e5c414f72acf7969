-- Returns: t such that Student's t with `degrees` of freedom is beyond ±t with probability alpha (0.05, 10 → 2.228139);
-- NULL unless degrees ≥ 1 and 0 < alpha < 1. Relative error below 1e-8 for alpha ≥ 1e-6.
-- Source: Cornish–Fisher to ν⁻⁴ (Abramowitz & Stegun 26.7.5); below 200 degrees refined by five steps of Newton's method on
-- ln p as a function of ln t, which is nearly straight.
CREATE OR REPLACE FUNCTION t_critical AS (alpha, degrees) -> finite(arrayMap(
    (a, v) -> arrayMap(
        (z, start) -> multiIf(
            isNaN(z) OR isNaN(v) OR v < 1, nan,
            v >= 200, start,
            arrayFold(
                (t, step) -> arrayMap(
                    p -> t * exp(greatest(-2., least(2., p * log(p / a) * sqrt(v * pi()) * exp(lgamma(v / 2) - lgamma((v + 1) / 2) + (v + 1) / 2 * log1p(t * t / v)) / (2 * t)))),
                    [number_or_nan(t_p(t, v))])[1],
                range(5),
                start)),
        [number_or_nan(normal_critical(a))],
        [arrayMap(
            z -> z + (pow(z, 3) + z) / (4 * v) + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * pow(v, 2))
                + (3 * pow(z, 7) + 19 * pow(z, 5) + 17 * pow(z, 3) - 15 * z) / (384 * pow(v, 3))
                + (79 * pow(z, 9) + 776 * pow(z, 7) + 1482 * pow(z, 5) - 1920 * pow(z, 3) - 945 * z) / (92160 * pow(v, 4)),
            [number_or_nan(normal_critical(a))])[1]])[1],
    [number_or_nan(alpha)], [number_or_nan(degrees)])[1]);
