-- Returns: what a value parameter names of an event: quantity of its lines, points, score, engagement_time_ms, metrics.KEY;
-- 0 for '' and for a field that is not there.
CREATE OR REPLACE FUNCTION event_value AS (value, quantities, points, score, engagement_time_ms, metrics) ->
    if(value = 'quantity', toFloat64(arraySum(quantities)),
    if(value = 'points', toFloat64(points),
    if(value = 'score', ifNull(score, 0),
    if(value = 'engagement_time_ms', toFloat64(engagement_time_ms),
    if(startsWith(value, 'metrics.'), metrics[substring(value, 9)], 0.)))));
