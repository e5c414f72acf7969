-- Returns: φ(x), the density of the standard normal distribution.
CREATE OR REPLACE FUNCTION normal_pdf AS (x) -> exp(-(x) * (x) / 2) / sqrt(2 * pi());
