-- Returns: 1 for a funnel step that may be skipped ('name?'), else 0.
CREATE OR REPLACE FUNCTION step_optional AS (step) -> match(step, '^[^:]*\\?');
