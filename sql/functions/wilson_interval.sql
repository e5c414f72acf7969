-- Returns: Wilson's 95 % interval of a share of `hits` among n, as (low, high); (NULL, NULL) for n = 0.
-- Shape: two numbers, 0 ≤ hits ≤ n.
-- Range: 0 ≤ low ≤ high ≤ 1.
-- Source: Wilson's score interval (J. Am. Stat. Assoc. 22, 1927) with z = 1.96.
CREATE OR REPLACE FUNCTION wilson_interval AS (hits, n) ->
    if(n = 0,
        (CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)')),
        (
            toNullable((hits + 1.9207 - 1.96 * sqrt(greatest(hits * (n - hits) / greatest(n, 1), 0) + 0.9604)) / (n + 3.8416)),
            toNullable((hits + 1.9207 + 1.96 * sqrt(greatest(hits * (n - hits) / greatest(n, 1), 0) + 0.9604)) / (n + 3.8416))
        ));
