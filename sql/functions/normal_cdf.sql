-- Returns: Φ(x), the share of the standard normal distribution below x; 0–1.
CREATE OR REPLACE FUNCTION normal_cdf AS (x) -> 0.5 * erfc(-(x) / sqrt(2));
