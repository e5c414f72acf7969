-- Grain: one local day that counts in a report.
-- Parameters: since, until Date, grain String (day, week, month).
-- Definition: the periods for which it counts, 1970-01-01 for none: own = its own, where it lies from since to until; after = the period after
--   its own, where it lies in the same range of days one period earlier (period_before_end); later = the one of the day 364 days later, so
--   that weekdays match.
-- Source: none.
CREATE OR REPLACE VIEW footfall.report_days AS
SELECT
    day,
    if(day >= {since:Date} AND day <= {until:Date}, period_start(day, {grain:String}), toDate(0)) AS own,
    if(day >= period_add({since:Date}, {grain:String}, -1) AND day <= period_before_end({until:Date}, {grain:String}),
        period_add(period_start(day, {grain:String}), {grain:String}, 1), toDate(0)) AS after,
    if(day + 364 >= {since:Date} AND day + 364 <= {until:Date}, period_start(day + 364, {grain:String}), toDate(0)) AS later
FROM (SELECT addDays({since:Date} - 364, arrayJoin(range(toUInt64(greatest(0, dateDiff('day', {since:Date}, {until:Date}) + 365))))) AS day);
