-- Grain: one period × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), grain String (day, week, month), by String.
-- Definition: of each survey a person's last response in the period counts. nps = 100 × (share of 9 and 10 − share of 0 to 6), with
--   ± 196 · √((p + d − (p − d)²) / n); NULL under 10 responses. csat = share of 4 and 5 of 1 to 5, with Wilson's 95 % interval;
--   ces = mean of 1 to 7. responses = those of all three. reviews: each; stars = their mean, share_1 … share_5. complaints =
--   complaint events; complaint_rate = those / orders of the period. Scores out of range are left out.
-- Source: visit_events, visit_orders, as_of.
CREATE OR REPLACE VIEW footfall.feedback AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    sum(x.nps_n) AS nps_responses,
    sum(x.promoters) / nullIf(nps_responses, 0) AS promoter_share,
    sum(x.detractors) / nullIf(nps_responses, 0) AS detractor_share,
    if(nps_responses < 10, NULL, 100 * (promoter_share - detractor_share)) AS nps,
    if(nps_responses < 10, NULL, nps - 196 * sqrt((promoter_share + detractor_share - pow(promoter_share - detractor_share, 2)) / nps_responses)) AS nps_low,
    if(nps_responses < 10, NULL, nps + 196 * sqrt((promoter_share + detractor_share - pow(promoter_share - detractor_share, 2)) / nps_responses)) AS nps_high,
    sum(x.csat_n) AS csat_responses,
    sum(x.satisfied) / nullIf(csat_responses, 0) AS csat,
    wilson_interval(sum(x.satisfied), csat_responses).1 AS csat_low,
    wilson_interval(sum(x.satisfied), csat_responses).2 AS csat_high,
    sum(x.ces_n) AS ces_responses,
    sum(x.ces_sum) / nullIf(ces_responses, 0) AS ces,
    nps_responses + csat_responses + ces_responses AS responses,
    sum(x.reviews) AS reviews,
    sum(x.stars_sum) / nullIf(reviews, 0) AS stars,
    sum(x.stars_1) / nullIf(reviews, 0) AS share_1,
    sum(x.stars_2) / nullIf(reviews, 0) AS share_2,
    sum(x.stars_3) / nullIf(reviews, 0) AS share_3,
    sum(x.stars_4) / nullIf(reviews, 0) AS share_4,
    sum(x.stars_5) / nullIf(reviews, 0) AS share_5,
    sum(x.complaints) AS complaints,
    sum(x.orders) AS orders,
    complaints / nullIf(orders, 0) AS complaint_rate
FROM
(
    SELECT
        period, dimension,
        countIf(survey = 'nps') AS nps_n, countIf(survey = 'nps' AND score >= 9) AS promoters, countIf(survey = 'nps' AND score <= 6) AS detractors,
        countIf(survey = 'csat') AS csat_n, countIf(survey = 'csat' AND score >= 4) AS satisfied,
        countIf(survey = 'ces') AS ces_n, sumIf(score, survey = 'ces') AS ces_sum,
        0 AS reviews, 0. AS stars_sum, 0 AS stars_1, 0 AS stars_2, 0 AS stars_3, 0 AS stars_4, 0 AS stars_5, 0 AS complaints, 0 AS orders
    FROM
    (
        SELECT
            period_start(toDate(e.event_time, zone), {grain:String}) AS period,
            e.params['survey'] AS survey,
            e.person_id AS person,
            argMax(e.dimension, (e.event_time, e.event_id)) AS dimension,
            assumeNotNull(argMax(e.score, (e.event_time, e.event_id))) AS score
        FROM footfall.visit_events(site = {site:String}, start = start, end = end, names = ['survey_response'], by = dated_by({by:String}, {since:Date})) AS e
        WHERE (e.params['survey'] = 'nps' AND e.score BETWEEN 0 AND 10) OR (e.params['survey'] = 'csat' AND e.score BETWEEN 1 AND 5)
            OR (e.params['survey'] = 'ces' AND e.score BETWEEN 1 AND 7)
        GROUP BY period, survey, person
    )
    GROUP BY period, dimension
    UNION ALL
    SELECT
        period_start(toDate(event_time, zone), {grain:String}) AS period, dimension, 0, 0, 0, 0, 0, 0, 0.,
        countIf(starred), sumIf(assumeNotNull(score), starred), countIf(starred AND round(score) = 1), countIf(starred AND round(score) = 2),
        countIf(starred AND round(score) = 3), countIf(starred AND round(score) = 4), countIf(starred AND round(score) = 5), countIf(event_name = 'complaint'), 0
    FROM
    (
        SELECT *, event_name = 'review' AND ifNull(score BETWEEN 1 AND 5, 0) AS starred
        FROM footfall.visit_events(site = {site:String}, start = start, end = end, names = ['review', 'complaint'], by = dated_by({by:String}, {since:Date}))
    )
    GROUP BY period, dimension
    UNION ALL
    SELECT period_start(toDate(at, zone), {grain:String}) AS period, dimension, 0, 0, 0, 0, 0, 0, 0., 0, 0., 0, 0, 0, 0, 0, 0, count()
    FROM footfall.visit_orders(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
    GROUP BY period, dimension
    UNION ALL
    -- The periods in which nothing happened.
    SELECT
        arrayJoin(period_list({since:Date}, least({until:Date}, (SELECT toDate(assumeNotNull(as_of), zone) FROM footfall.as_of)), {grain:String})) AS period,
        '' AS dimension, 0, 0, 0, 0, 0, 0, 0., 0, 0., 0, 0, 0, 0, 0, 0, 0
    WHERE {by:String} = ''
) AS x
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = {grain:String}, by = {by:String})) = 0
GROUP BY period, dimension
ORDER BY period, dimension;
