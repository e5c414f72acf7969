-- Grain: one stage at the start of since → stage at the end of until (or at as_of, if earlier).
-- Parameters: site String, since, until Date (local days).
-- Definition: stages as person_state, each as of its moment, of persons as they are known at the later one (who logs in between is one);
--   '(none)': not seen by then. people; revenue_before and revenue_after = their net revenue, as known at the later moment, in the as many
--   days before since, and from since to until, in the site's currency. No rows while since has not begun at as_of.
-- Source: person_history, as_of.
CREATE OR REPLACE VIEW footfall.stage_moves AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    least(day_start({until:Date} + 1, zone), (SELECT assumeNotNull(as_of) FROM footfall.as_of)) AS last_at
SELECT
    from_stage,
    to_stage,
    count() AS people,
    site_money({site:String}, sum(before_)) AS revenue_before,
    site_money({site:String}, sum(after_)) AS revenue_after
FROM
(
    SELECT
        maxIf(stage, moment = 0) AS from_stage,
        maxIf(stage, moment = 1) AS to_stage,
        any(net_before) AS before_,
        any(net_after) AS after_
    FROM
    (
        SELECT
            *,
            quantileExactInclusiveOrNullArray(0.5)(arrayPopFront(arrayDifference(arrayMap(d -> toInt32(d), bought)))) OVER (PARTITION BY moment) AS site_gap,
            if(empty(bought), NULL, own_cadence(bought, site_gap)) AS cadence,
            held_days(cadence, 3, site_dormant_days({site:String})) AS dormant_after,
            greatest(held_days(cadence, 6, site_churned_days({site:String})), dormant_after + 1) AS churned_after,
            greatest(30., ifNull(3 * cadence, 30.)) AS trend_days,
            if(empty(bought) AND empty(visited), '(none)', life_stage(
                bought, today, dormant_after, churned_after, least(day_trend(bought, today, trend_days), day_trend(visited, today, trend_days)))) AS stage
        FROM
        (
            SELECT
                person_key,
                arraySum(x -> if(x.1 >= day_start({since:Date} - ({until:Date} - {since:Date} + 1), zone) AND x.1 < start, x.2, 0), orders) AS net_before,
                arraySum(x -> if(x.1 >= start AND x.1 < day_start({until:Date} + 1, zone), x.2, 0), orders) AS net_after,
                arrayJoin([
                    (toUInt8(0), {since:Date}, arrayDistinct(arrayMap(x -> toDate(x.1, zone), arrayFilter(x -> x.1 <= start, orders))), arrayFilter(d -> d < {since:Date}, active_days)),
                    (toUInt8(1), toDate(last_at, zone), order_days, active_days)]) AS known,
                known.1 AS moment,
                known.2 AS today,
                known.3 AS bought,
                known.4 AS visited
            FROM footfall.person_history(site = {site:String}, as_of = last_at)
        )
    )
    GROUP BY person_key
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = '')) = 0
    AND start <= (SELECT assumeNotNull(as_of) FROM footfall.as_of)
GROUP BY from_stage, to_stage
ORDER BY from_stage, to_stage;
