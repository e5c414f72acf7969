-- Returns: the place of an instant among the hour or day that started at `last` (1) and the same ones of 1 to 8 weeks before (2 … 9), by the
-- clock of a zone (a constant); 0 for any other.
CREATE OR REPLACE FUNCTION slot_of AS (at, zone, last, grain) ->
    if((grain = 'hour' AND toHour(at, zone) != toHour(last, zone)) OR (toDate(last, zone) - toDate(at, zone)) NOT IN (0, 7, 14, 21, 28, 35, 42, 49, 56),
        toUInt8(0),
        toUInt8(intDiv(toDate(last, zone) - toDate(at, zone), 7) + 1));
