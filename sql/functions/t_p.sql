-- Returns: the two-sided p-value of Student's t with `degrees` of freedom (fractions allowed), 0–1; NULL unless degrees ≥ 1
-- and t is a number. Relative error below 1e-8.
-- Shape: both are read more than once: pass columns, not long expressions; and no lambda in a lambda, which the engine's analysis
-- resolves again at every level.
-- Range: 0–1.
-- Source: from 60 degrees Hill, Algorithm 395 (CACM 13, 1970); below, 2C∫sin^(ν−1)φ dφ over 0 … φ₀ = atan(√ν/|t|) by 24-point
-- Gauss–Legendre after φ = φ₀·s^(24/ν), which keeps the integrand smooth at 0 for every ν.
CREATE OR REPLACE FUNCTION t_p AS (t, degrees) -> finite(multiIf(
    ifNull(isNaN(t) OR NOT degrees >= 1, true), nan,
    degrees >= 60, arrayMap(
        (w, z, b) -> erfc((z + z * (w + 3) / b - z * (4 * w * w * w + 33 * w * w + 240 * w + 855) / (10 * b * (b + 0.8 * w * w + 100))) / sqrt(2)),
        [(degrees - 0.5) * log1p(t * t / degrees)], [sqrt((degrees - 0.5) * log1p(t * t / degrees))], [48 * (degrees - 0.5) * (degrees - 0.5)])[1],
    t = 0, 1.,
    least(1., 2 * exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2)) / sqrt(pi()) * number_or_nan(atan(sqrt(degrees) / abs(t)) * 24 / degrees) * arraySum(
        (s, weight) -> weight * pow(sin(number_or_nan(atan(sqrt(degrees) / abs(t))) * pow(s, number_or_nan(24 / degrees))), number_or_nan(degrees - 1)) * pow(s, number_or_nan(24 / degrees - 1)),
        [0.0024063900014893447, 0.012635722014345263, 0.0308627239986336, 0.05679223649779952, 0.08999900701304853,
            0.12993790421072282, 0.17595317403151223, 0.22728926430558022, 0.28310324618697746, 0.3424786601519183,
            0.40444056626319186, 0.4679715535686972, 0.5320284464313028, 0.5955594337368082, 0.6575213398480817,
            0.7168967538130225, 0.7727107356944198, 0.8240468259684878, 0.8700620957892772, 0.9100009929869515,
            0.9432077635022005, 0.9691372760013663, 0.9873642779856547, 0.9975936099985107],
        [0.0061706148999935454, 0.014265694314466872, 0.022138719408709776, 0.02964929245771837, 0.036673240705540205,
            0.043095080765976644, 0.04880932605205703, 0.0537221350579828, 0.05775283402686281, 0.06083523646390171,
            0.06291872817341415, 0.06396909767337611, 0.06396909767337611, 0.06291872817341415, 0.06083523646390171,
            0.05775283402686281, 0.0537221350579828, 0.04880932605205703, 0.043095080765976644, 0.036673240705540205,
            0.02964929245771837, 0.022138719408709776, 0.014265694314466872, 0.0061706148999935454]))));
