-- Returns: 0. Errors: no steps, more than 12, a malformed step, an optional first or last one, an unknown mode, a window
-- that is not 1 second to 366 days.
CREATE OR REPLACE FUNCTION check_steps AS (steps, within, mode) ->
    throwIf(length(steps) = 0, 'no steps: give 1 to 12, such as [''view_item'', ''purchase'']')
    + throwIf(length(steps) > 12, concat(toString(length(steps)), ' steps: give 1 to 12'))
    + throwIf(
        arrayExists(s -> NOT match(s, '^[a-z][a-z0-9_]{0,39}(\\|[a-z][a-z0-9_]{0,39})*\\??(:[^=]+=.*)?$'), steps),
        concat(
            'malformed step ''',
            arrayFirst(s -> NOT match(s, '^[a-z][a-z0-9_]{0,39}(\\|[a-z][a-z0-9_]{0,39})*\\??(:[^=]+=.*)?$'), steps),
            '''; a step is an event name, a|b for either, name? for one that may be skipped, name:key=value for a property'))
    + throwIf(
        length(steps) > 0 AND (step_optional(steps[1]) OR step_optional(steps[-1])),
        'the first and the last step cannot be optional')
    + throwIf(
        length(arrayDistinct(arrayFilter(k -> k != '', arrayMap(s -> step_key(s), steps)))) > 4,
        'more than 4 different properties in one funnel')
    + throwIf(within = 0 OR within > 31622400, concat('within is ', toString(within), '; give 1 to 31622400 seconds'))
    + throwIf(
        mode NOT IN ('', 'strict_order', 'strict_deduplication', 'strict_increase'),
        concat('unknown mode ''', mode, '''; modes: '''' (one event fills one step), strict_order, strict_deduplication, strict_increase'));
