-- Grain: one cohort × dimension × age, ages from 0 to the period that as_of lies in.
-- Parameters: site String, since, until Date (of the cohorts, local days, both in), grain String (day, week, month: calendar;
--   24h: by the hour), kind String (on, on_or_after, recurring; 24h goes with on), start_event, return_event String ('': an
--   active session), by String (of the first start: it never changes).
-- Definition: cohort = local period of the person's first start ever (recurring: each period with a start). eligible = people
--   of the cohort (24h: whose age has passed); retained = those who returned at that age (on_or_after: or later, to the
--   horizon); age 0 needs a second event later than the first, and is all where return_event is ''. rate is NULL with
--   mature = 0 until the whole period has passed (24h: for all). left_censored: cohorts of the site's first 30 days.
-- Source: retention_cells.
CREATE OR REPLACE VIEW footfall.retention AS
SELECT cohort, dimension, age, eligible, retained, rate, mature, horizon, left_censored
FROM footfall.retention_cells(
    site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, kind = {kind:String},
    start_event = {start_event:String}, return_event = {return_event:String}, by = dated_by({by:String}, {since:Date}))
WHERE (SELECT
        throwIf({grain:String} NOT IN ('day', 'week', 'month', '24h'), concat('unknown grain ''', {grain:String}, '''; grains: day, week, month, 24h'))
        + (SELECT ok FROM footfall.check_period(
            site = {site:String}, since = {since:Date}, until = {until:Date}, grain = if({grain:String} = '24h', 'day', {grain:String}), by = {by:String}))
        + throwIf({kind:String} NOT IN ('on', 'on_or_after', 'recurring'), concat('unknown kind ''', {kind:String}, '''; kinds: on, on_or_after, recurring'))
        + throwIf({grain:String} = '24h' AND {kind:String} != 'on', 'grain 24h goes with kind on')
        + check_event({start_event:String}) + check_event({return_event:String})) = 0
ORDER BY cohort, dimension, age;
