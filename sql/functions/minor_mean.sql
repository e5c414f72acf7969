-- Returns: minor units per n, rounded half to even to whole ones as Int64; NULL for n = 0.
CREATE OR REPLACE FUNCTION minor_mean AS (minor, n) -> if(n = 0, NULL, toInt64(round(minor / if(n = 0, 1, n))));
