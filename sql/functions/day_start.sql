-- Returns: the first instant of a day in a zone, as UTC milliseconds: filters stay on raw UTC times, so that pruning works.
CREATE OR REPLACE FUNCTION day_start AS (day, zone) ->
    toDateTime64(toDateTime(day, zone), 3, 'UTC');
