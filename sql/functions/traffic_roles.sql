-- Returns: for which periods of a report a day counts: (0, its own period), (1, the period after: it is 'the period before' of
-- that one), (2, the period 364 days later: it is 'the year before', weekdays matching); of those that since and until hold.
CREATE OR REPLACE FUNCTION traffic_roles AS (day, since, until, grain) -> arrayConcat(
    if(day >= since AND day <= until, [(0, period_start(day, grain))], []),
    if(day >= period_add(since, grain, -1) AND day < period_add(until + 1, grain, -1), [(1, period_add(period_start(day, grain), grain, 1))], []),
    if(day + 364 >= since AND day + 364 <= until, [(2, period_start(day + 364, grain))], []));
