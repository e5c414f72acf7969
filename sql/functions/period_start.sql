-- Returns: the first day of the period (grain day, ISO week, month) that a day lies in, as Date.
CREATE OR REPLACE FUNCTION period_start AS (day, grain) ->
    if(grain = 'week', toMonday(day), if(grain = 'month', toStartOfMonth(day), day));
