-- Returns: 0. Errors: what cannot be an event name, or several as a|b ('' passes: any).
CREATE OR REPLACE FUNCTION check_event AS (name) ->
    throwIf(
        name != '' AND NOT match(name, '^[a-z][a-z0-9_]{0,39}(\\|[a-z][a-z0-9_]{0,39})*$'),
        concat('not an event name: ''', name, '''; names are 1 to 40 of a-z, 0-9 and _, a letter first; either of several as a|b'));
