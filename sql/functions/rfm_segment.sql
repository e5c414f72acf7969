-- Returns: the name of a buyer's R, F and M scores (1 to 5), the first that fits; NULL for NULL.
CREATE OR REPLACE FUNCTION rfm_segment AS (r, f, m) -> multiIf(
    r IS NULL OR f IS NULL OR m IS NULL, NULL,
    r >= 4 AND f >= 4 AND m >= 4, 'champions',
    r = 1 AND f >= 4, 'cannot_lose',
    r >= 3 AND f >= 4, 'loyal',
    r <= 2 AND f >= 3, 'at_risk',
    r >= 4 AND f = 1, 'new',
    r >= 3, 'promising',
    r = 2, 'hibernating',
    'lost');
