-- Returns: 0. Errors: a grain that is none of day, week, month. To be asked in a scalar subquery: there it fires on empty data too.
CREATE OR REPLACE FUNCTION check_grain AS (grain) ->
    throwIf(grain NOT IN ('day', 'week', 'month'), concat('unknown grain ''', grain, '''; grains: day, week, month'));
