-- Returns: the event names of all steps of a funnel, each once.
CREATE OR REPLACE FUNCTION all_step_names AS (steps) -> arrayDistinct(arrayFlatten(arrayMap(s -> step_names(s), steps)));
