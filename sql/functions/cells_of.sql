-- Returns: the cells of experiment_cells, unpacked, as named tuples; moments = means and sums of squared deviations of y, d and x, then the sums of
-- products of deviations of y with d and with x.
CREATE OR REPLACE FUNCTION cells_of AS (packed) -> JSONExtract(
    packed,
    'Array(Tuple(
        number UInt16, position UInt16, dimension String, arm UInt8, day Int64, n Float64, several Int64, bots Int64, first_ms Int64, mature Array(UInt64), positive Int64, just_before Int64, just_after Int64,
        present Float64, moments Tuple(
            mean_y Float64, squares_y Float64, mean_d Float64, squares_d Float64, mean_x Float64, squares_x Float64, products_yd Float64, products_yx Float64)))');
