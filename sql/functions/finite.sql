-- Returns: x as Float64, or NULL where it is NULL, NaN or infinite.
CREATE OR REPLACE FUNCTION finite AS (x) -> arrayMap(v -> if(isFinite(v), v, NULL), [CAST(x, 'Nullable(Float64)')])[1];
