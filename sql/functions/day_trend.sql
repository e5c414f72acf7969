-- Returns: how many more of `days` lie in the `span` days up to today than in the as many before.
CREATE OR REPLACE FUNCTION day_trend AS (days, today, span) ->
    toInt64(arrayCount(d -> today - d < span, days)) - toInt64(arrayCount(d -> today - d >= span AND today - d < 2 * span, days));
