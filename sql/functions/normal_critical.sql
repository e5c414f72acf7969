-- Returns: z such that a standard normal variable is beyond ±z with probability alpha (0.05 → 1.959964); NULL unless
-- 0 < alpha < 1. The engine has no inverse of Φ by that name: the upper bound of the interval of two equal proportions
-- of 1/2 with standard error 1/2 is z/2.
-- Shape: alpha, 0–1.
-- Range: above 0.
-- Source: the inverse of Φ through proportionsZTest, as said above.
CREATE OR REPLACE FUNCTION normal_critical AS (alpha) -> if(
    alpha > 0 AND alpha < 1,
    2 * tupleElement(proportionsZTest(1, 1, 2, 2, 1 - ifNull(toFloat64(if(alpha > 0 AND alpha < 1, alpha, 0.5)), 0.5), 'unpooled'), 4),
    NULL);
