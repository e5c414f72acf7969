-- Returns: a dimension as base views take it: that of a segment with the day at whose start its members are meant (segment:NAME@DAY), any
-- other as it is.
CREATE OR REPLACE FUNCTION dated_by AS (by, day) -> if(startsWith(by, 'segment:'), concat(by, '@', toString(day)), by);
