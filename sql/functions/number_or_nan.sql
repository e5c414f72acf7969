-- Returns: x as a Float64 that is not Nullable, NaN for NULL: what functions over arrays can work on.
CREATE OR REPLACE FUNCTION number_or_nan AS (x) -> ifNull(toFloat64(x), nan);
