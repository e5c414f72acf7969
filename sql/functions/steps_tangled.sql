-- Returns: 1 if an event can fill two required steps of a funnel, or may end an attempt: then each attempt is followed on its own.
CREATE OR REPLACE FUNCTION steps_tangled AS (steps, mode) ->
    mode IN ('strict_order', 'strict_deduplication')
    OR length(arrayFlatten(arrayMap(s -> step_names(s), arrayFilter(s -> NOT step_optional(s), steps))))
        != length(arrayDistinct(arrayFlatten(arrayMap(s -> step_names(s), arrayFilter(s -> NOT step_optional(s), steps)))));
