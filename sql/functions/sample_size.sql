-- Returns: people needed in each of two arms to see this lift with this power at alpha, rounded up: the inverse of
-- minimum_detectable_lift with equal arms; NULL where mean or lift is 0.
-- Shape: mean and sample variance of a person; the lift (0.05 = 5 %); alpha and power, 0–1.
-- Range: 1 or above.
-- Source: as minimum_detectable_lift, solved for the people.
CREATE OR REPLACE FUNCTION sample_size AS (mean, variance, lift, alpha, power) -> arrayMap(
    n -> if(isFinite(n) AND n > 0, ceil(n), NULL),
    [CAST(
        pow(normal_critical(alpha) + normal_critical(2 * (1 - power)), 2) * (variance) * (1 + pow(1 + (lift), 2)) / pow((mean) * (lift), 2),
        'Nullable(Float64)')])[1];
