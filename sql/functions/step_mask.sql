-- Returns: which steps of a funnel an event of a name can fill, properties aside: bit k − 1 for step k, as UInt16.
CREATE OR REPLACE FUNCTION step_mask AS (name, steps) ->
    toUInt16(transform(
        name,
        arrayPushBack(all_step_names(steps), ''),
        arrayPushBack(arrayMap(n -> toUInt16(arraySum((s, i) -> if(has(step_names(s), n), bitShiftLeft(toUInt16(1), i - 1), 0), steps, arrayEnumerate(steps))), all_step_names(steps)), toUInt16(0)),
        toUInt16(0)));
