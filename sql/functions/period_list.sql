-- Returns: the first days of the periods from the one of `since` to the one of `until`, in order; none if until is before since.
CREATE OR REPLACE FUNCTION period_list AS (since, until, grain) ->
    arrayDistinct(arrayMap(d -> period_start(addDays(since, d), grain), range(toUInt64(greatest(0, dateDiff('day', since, until) + 1)))));
