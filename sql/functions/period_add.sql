-- Returns: the first day of the period `n` after (or, negative, before) the one that starts on `period`, as Date.
CREATE OR REPLACE FUNCTION period_add AS (period, grain, n) ->
    if(grain = 'week', addWeeks(period, n), if(grain = 'month', addMonths(period, n), addDays(period, n)));
