-- Returns: an amount in minor units parted by weights (integers ≥ 0, not all 0) as Array(Int64) that sums to it exactly:
-- largest remainder, ties to the earlier; a negative amount as its absolute value with the sign put back.
CREATE OR REPLACE FUNCTION share_out AS (total, weights) -> arrayMap(
    (n, w, whole) -> arrayMap(
        (bases, rests) -> arrayMap(
            (base, place) -> toInt64(if(total < 0, -1, 1) * (base + if(place <= n - arraySum(bases), 1, 0))),
            bases,
            -- The place of each remainder among them all: the inverse of the order from the largest on.
            arraySort((i, j) -> j, arrayEnumerate(rests), arraySort((i, r) -> (-r, i), arrayEnumerate(rests), rests))),
        [arrayMap(x -> intDiv(n * x, whole), w)],
        [arrayMap(x -> (n * x) % whole, w)])[1],
    [toInt128(abs(total))],
    [arrayMap(x -> toInt128(x), weights)],
    [arraySum(arrayMap(x -> toInt128(x), weights))])[1];
