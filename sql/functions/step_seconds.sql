-- Returns: of each step of an attempt the seconds from the required step before it, by times in ms (0: not reached); NULL for the first and
-- where it was not reached.
CREATE OR REPLACE FUNCTION step_seconds AS (step_times, steps) ->
    arrayMap(
        (t, p) -> if(t > 0 AND p > 0, toNullable((t - p) / 1000), NULL),
        step_times,
        -- The time of the last required step before each.
        arrayPopBack(arrayPushFront(arrayFill(x -> x > 0, arrayMap((t, s) -> if(step_optional(s), 0, t), step_times, steps)), 0)));
