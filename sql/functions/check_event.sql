-- Returns: 0. Errors: what cannot be an event name ('' passes: any).
CREATE OR REPLACE FUNCTION check_event AS (name) ->
    throwIf(name != '' AND NOT match(name, '^[a-z][a-z0-9_]{0,39}(\\|[a-z][a-z0-9_]{0,39})*$'), concat('not an event name: ''', name, ''''));
