-- Grain: one period × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), grain String (day, week, month), event String (a name, a|b for
--   either, '' for any), value String ('' or count, quantity, points, score, engagement_time_ms, metrics.KEY, or revenue with
--   event purchase), by String.
-- Definition: count = events at their own time; people = persons with one; value = the sum of that field of the events, of
--   revenue the net revenue of the orders in the site's currency; NULL where value is '' or count.
-- Source: person_events, visit_orders, as_of.
CREATE OR REPLACE VIEW footfall.trend AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    sum(n) AS count,
    sum(p) AS people,
    if({value:String} IN ('', 'count'), NULL,
        sum(v) / if({value:String} = 'revenue', exp10(currency_exponent(site_currency({site:String}))), 1)) AS value
FROM
(
    SELECT
        period_start(toDate(event_time, zone), {grain:String}) AS period,
        dimension,
        count() AS n,
        uniqExact(person_key) AS p,
        sum(event_value({value:String}, item_quantities, points, score, engagement_time_ms, metrics)) AS v
    FROM footfall.person_events(
        site = {site:String}, start = start, end = end, names = splitByChar('|', {event:String}), by = dated_by({by:String}, {since:Date}))
    GROUP BY period, dimension
    UNION ALL
    SELECT period_start(toDate(at, zone), {grain:String}), dimension, 0, 0, toFloat64(sum(ifNull(reporting_net, 0)))
    FROM footfall.visit_orders(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    WHERE {value:String} = 'revenue'
    GROUP BY 1, 2
    UNION ALL
    SELECT arrayJoin(period_list({since:Date}, least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)), {grain:String})), '', 0, 0, 0
    WHERE {by:String} = ''
)
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String}))
        + check_event({event:String})
        + throwIf({value:String} NOT IN ('', 'count', 'revenue', 'quantity', 'points', 'score', 'engagement_time_ms') AND NOT startsWith({value:String}, 'metrics.'),
            concat('unknown value ''', {value:String}, '''; values: count, revenue, quantity, points, score, engagement_time_ms, metrics.KEY'))
        + throwIf({value:String} = 'revenue' AND {event:String} != 'purchase', 'value revenue goes with event purchase')) = 0
GROUP BY period, dimension
ORDER BY period, dimension;
