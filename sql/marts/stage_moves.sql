-- Grain: one stage at the start of since → stage at the end of until (or at as_of, if earlier).
-- Parameters: site String, since, until Date (local days).
-- Definition: stages as person_state, each as of its moment; '(none)': not seen by then. people; revenue_before and
--   revenue_after = their net revenue in the as many days before since, and from since to until, in the site's currency.
--   No rows while since has not begun at as_of.
-- Source: person_state, as_of.
CREATE OR REPLACE VIEW footfall.stage_moves AS
WITH
    site_zone({site:String}) AS zone,
    least(day_start({until:Date} + 1, zone), (SELECT assumeNotNull(as_of) FROM footfall.as_of)) AS last_at
SELECT
    if(was = '', '(none)', was) AS from_stage,
    if(is = '', '(none)', is) AS to_stage,
    count() AS people,
    site_money({site:String}, sum(before_)) AS revenue_before,
    site_money({site:String}, sum(after_)) AS revenue_after
FROM
(
    SELECT
        person_id,
        maxIf(stage, moment = 0) AS was,
        maxIf(stage, moment = 1) AS is,
        maxIf(net, moment = 0) AS before_,
        maxIf(net, moment = 1) AS after_
    FROM
    (
        SELECT 0 AS moment, person_id, stage,
            arraySum(x -> if(x.1 >= day_start({since:Date} - ({until:Date} - {since:Date} + 1), zone) AND x.1 < day_start({since:Date}, zone), x.2, 0), orders) AS net
        FROM footfall.person_state(site = {site:String}, as_of = day_start({since:Date}, zone))
        UNION ALL
        SELECT 1 AS moment, person_id, stage, arraySum(x -> if(x.1 >= day_start({since:Date}, zone) AND x.1 < day_start({until:Date} + 1, zone), x.2, 0), orders) AS net
        FROM footfall.person_state(site = {site:String}, as_of = last_at)
    )
    GROUP BY person_id
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = '')) = 0
    AND day_start({since:Date}, zone) <= (SELECT assumeNotNull(as_of) FROM footfall.as_of)
GROUP BY from_stage, to_stage
ORDER BY from_stage, to_stage;
