-- Returns: the properties that a funnel's steps ask for, each once: at most four (check_steps).
CREATE OR REPLACE FUNCTION step_properties AS (steps) -> arrayDistinct(arrayFilter(k -> k != '', arrayMap(s -> step_key(s), steps)));
