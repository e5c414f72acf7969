-- Returns: φ(x), the density of the standard normal distribution.
-- Shape: a number.
-- Range: 0 to 1/√(2π).
-- Source: φ(x) = exp(−x²/2)/√(2π).
CREATE OR REPLACE FUNCTION normal_pdf AS (x) -> exp(-(x) * (x) / 2) / sqrt(2 * pi());
