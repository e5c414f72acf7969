-- Returns: the property that a funnel step asks for: 'name:key=value' → 'key'; '' for none.
CREATE OR REPLACE FUNCTION step_key AS (step) ->
    if(position(step, ':') = 0, '', substring(step, position(step, ':') + 1, position(step, '=') - position(step, ':') - 1));
