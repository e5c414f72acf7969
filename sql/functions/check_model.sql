-- Returns: 0. Errors: an attribution model that is not known, a lookback that is not 1 to 365 days.
CREATE OR REPLACE FUNCTION check_model AS (model, lookback_days) ->
    throwIf(
        model NOT IN ('first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay', 'markov'),
        concat('unknown model ''', model, '''; models: first, last, last_non_direct, linear, position, time_decay, markov'))
    + throwIf(lookback_days = 0 OR lookback_days > 365, concat('lookback_days is ', toString(lookback_days), '; give 1 to 365'));
