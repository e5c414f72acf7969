-- Returns: the bit of each required step of a funnel in step_mask, in their order; 15, which is never set, after the last (13 in all).
CREATE OR REPLACE FUNCTION required_bits AS (steps) ->
    arrayResize(arrayFilter(i -> NOT step_optional(steps[i + 1]), range(length(steps))), 13, 15);
