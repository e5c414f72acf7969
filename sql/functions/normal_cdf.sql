-- Returns: Φ(x), the share of the standard normal distribution below x; 0–1.
-- Shape: a number.
-- Range: 0–1.
-- Source: Φ(x) = erfc(−x/√2)/2.
CREATE OR REPLACE FUNCTION normal_cdf AS (x) -> 0.5 * erfc(-(x) / sqrt(2));
