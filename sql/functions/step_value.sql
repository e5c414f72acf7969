-- Returns: the value that a funnel step asks for: 'name:key=value' → 'value'; '' for none.
CREATE OR REPLACE FUNCTION step_value AS (step) -> if(position(step, ':') = 0, '', substring(step, position(step, '=') + 1));
