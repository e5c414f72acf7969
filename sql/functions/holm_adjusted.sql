-- Returns: a p-value adjusted by Holm for all those of its family, itself among them: min(1, p(M − rank + 1)), never below that of a
-- smaller one. Holds the chance of any false alarm at alpha. NULL for NULL; NULLs of the family do not count.
-- Shape: a p-value, and Array(Nullable(Float64)) of all of its family.
-- Range: 0–1, never below the p-value itself.
-- Source: Holm (Scand. J. Stat. 6, 1979).
CREATE OR REPLACE FUNCTION holm_adjusted AS (p_value, family) -> arrayMap(
    (p, sorted) -> if(isNull(p) OR empty(sorted), NULL,
        arrayMax(arrayMap((q, rank) -> if(q <= p, least(1., q * (length(sorted) - rank + 1)), 0.), sorted, arrayEnumerate(sorted)))),
    [CAST(p_value, 'Nullable(Float64)')],
    [arraySort(arrayMap(q -> assumeNotNull(q), arrayFilter(q -> isNotNull(q), CAST(family, 'Array(Nullable(Float64))'))))])[1];
