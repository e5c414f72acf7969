-- Returns: the p-value of Pearson's χ² that two things are independent, from their table of counts; NULL where a table has fewer than
-- two rows or columns with anybody in them, or a cell where fewer than 5 are expected: there χ² is no approximation, and cries wolf.
-- Shape: rows of counts, Array(Array(number)), each as long as the others; rows and columns without anybody are left out.
-- Range: 0–1.
-- Source: Pearson's χ² test; the floor of 5 is Cochran's (1952).
CREATE OR REPLACE FUNCTION independence_p AS (counts) -> arrayMap(
    (rows, columns, total) -> if(
        arrayCount(r -> r > 0, rows) > 1 AND arrayCount(c -> c > 0, columns) > 1
            AND arrayMin(arrayFilter(r -> r > 0, rows)) * arrayMin(arrayFilter(c -> c > 0, columns)) >= 5 * total,
        chi_squared_p(
            arraySum((line, r) -> arraySum((n, c) -> if(r > 0 AND c > 0, pow(n - r * c / total, 2) / (r * c / total), 0.), line, columns), counts, rows),
            (arrayCount(r -> r > 0, rows) - 1) * (arrayCount(c -> c > 0, columns) - 1)),
        NULL),
    [arrayMap(line -> toFloat64(arraySum(line)), counts)],
    [arrayMap(i -> toFloat64(arraySum(line -> line[i], counts)), arrayEnumerate(counts[1]))],
    [toFloat64(arraySum(line -> arraySum(line), counts))])[1];
