-- Returns: the last day of a range of days one period before the range that ends with `until`: the same day of the period before, or that
-- period's last one where it has no such day, or where `until` ends its own.
CREATE OR REPLACE FUNCTION period_before_end AS (until, grain) ->
    if(grain = 'week', addDays(until, -7),
    if(grain = 'month', if(until = toLastDayOfMonth(until), toLastDayOfMonth(addMonths(toStartOfMonth(until), -1)), addMonths(until, -1)),
    addDays(until, -1)));
