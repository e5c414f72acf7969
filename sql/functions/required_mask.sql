-- Returns: the bits of a funnel's required steps in step_mask, together.
CREATE OR REPLACE FUNCTION required_mask AS (steps) ->
    toUInt16(arraySum((s, i) -> if(step_optional(s), 0, bitShiftLeft(1, i - 1)), steps, arrayEnumerate(steps)));
