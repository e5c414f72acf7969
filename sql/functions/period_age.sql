-- Returns: how many periods (day, week, month) after the one that starts on `first` the one that starts on `later` is.
CREATE OR REPLACE FUNCTION period_age AS (first, later, grain) ->
    if(grain = 'week', intDiv(dateDiff('day', first, later), 7), if(grain = 'month', dateDiff('month', first, later), dateDiff('day', first, later)));
