-- Returns: a p-value adjusted by Benjamini and Hochberg for all those of its family, itself among them: min(1, pM/rank), never above
-- that of a larger one. Holds the share of false ones among the alarms at alpha. NULL for NULL; NULLs of the family do not count.
-- Shape: a p-value, and Array(Nullable(Float64)) of all of its family.
-- Range: 0–1, never below the p-value itself.
-- Source: Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995).
CREATE OR REPLACE FUNCTION benjamini_hochberg_adjusted AS (p_value, family) -> arrayMap(
    (p, sorted) -> if(isNull(p) OR empty(sorted), NULL,
        arrayMin(arrayMap((q, rank) -> if(q >= p, least(1., q * length(sorted) / rank), 1.), sorted, arrayEnumerate(sorted)))),
    [CAST(p_value, 'Nullable(Float64)')],
    [arraySort(arrayMap(q -> assumeNotNull(q), arrayFilter(q -> isNotNull(q), CAST(family, 'Array(Nullable(Float64))'))))])[1];
