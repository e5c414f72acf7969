-- Grain: one campaign of kind winback that overlaps the period.
-- Parameters: site String, since, until Date (both in).
-- Definition: of the persons chosen before it began, those dormant when they were chosen: more quiet days since the last order than their
--   own dormant_after, three cadences as in person_state (by the site's median gap when it began), the churned among them; not who never
--   bought.
--   returned = an active session on the campaign's days; return_rate of each arm, NULL until it has ended; incremental =
--   (treated − held out rate) × treated, with its 95 % interval (Welch); cost = its plan's; cost_per_incremental, in the site's currency, NULL where nobody came back for it.
--   kept_30d = of those who returned, an active session in the 30 days after its end, NULL until they have passed. mature = it has
--   ended. Without both arms the difference is NULL and comparison says that it is not a controlled comparison.
-- Source: campaign_arms, plan_costs, visit_rows, order_days, as_of.
CREATE OR REPLACE VIEW footfall.winback AS
WITH
    site_zone({site:String}) AS zone,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    campaign,
    if(treated > 0 AND held_out > 0, 'treated - held out', 'not a controlled comparison') AS comparison,
    mature,
    treated,
    held_out,
    returned_treated,
    returned_held_out,
    rate_t AS return_rate_treated,
    rate_h AS return_rate_held_out,
    (rate_t - rate_h) * treated AS incremental,
    incremental - margin AS incremental_low,
    incremental + margin AS incremental_high,
    site_money({site:String}, cost_) AS cost,
    site_money({site:String}, if(ifNull(incremental > 0, 0), minor_mean(cost_, ifNull(incremental, 1)), NULL)) AS cost_per_incremental,
    kept_t AS kept_30d_treated,
    kept_h AS kept_30d_held_out
FROM
(
    SELECT *, t_critical(0.05, degrees) * error * treated AS margin
    FROM
    (
        SELECT *, difference_error(treated, variance_t, held_out, variance_h) AS error, welch_degrees(treated, variance_t, held_out, variance_h) AS degrees
        FROM
        (
            SELECT
                p.campaign AS campaign,
                toUInt8(day_start(any(p.until) + 1, zone) <= now) AS mature,
                any(p.cost) AS cost_,
                countIf(a.arm = 'treated') AS treated,
                countIf(a.arm = 'held_out') AS held_out,
                countIf(a.arm = 'treated' AND a.returned) AS returned_treated,
                countIf(a.arm = 'held_out' AND a.returned) AS returned_held_out,
                if(mature, returned_treated / nullIf(treated, 0), NULL) AS rate_t,
                if(mature, returned_held_out / nullIf(held_out, 0), NULL) AS rate_h,
                rate_t * (1 - rate_t) * treated / nullIf(treated - 1, 0) AS variance_t,
                rate_h * (1 - rate_h) * held_out / nullIf(held_out - 1, 0) AS variance_h,
                day_start(any(p.until) + 1, zone) + INTERVAL 30 DAY <= now AS passed,
                if(passed, countIf(a.arm = 'treated' AND a.returned AND a.stayed) / nullIf(returned_treated, 0), NULL) AS kept_t,
                if(passed, countIf(a.arm = 'held_out' AND a.returned AND a.stayed) / nullIf(returned_held_out, 0), NULL) AS kept_h
            FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = 'winback') AS p
            LEFT JOIN
            (
                SELECT
                    c.campaign AS campaign,
                    c.arm AS arm,
                    arrayMap(d -> d.2, arrayFilter(d -> d.1 <= c.chosen_at, o.days)) AS known_days,
                    arrayExists(t -> t >= c.starts AND t < c.ends, s.times) AS returned,
                    arrayExists(t -> t >= c.ends AND t < c.ends + INTERVAL 30 DAY, s.times) AS stayed
                FROM footfall.campaign_arms(site = {site:String}, since = {since:Date}, until = {until:Date}) AS c
                LEFT ANY JOIN
                (
                    SELECT person_id, groupArray(started_at) AS times
                    FROM footfall.visit_rows(
                        site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
                    WHERE active
                    GROUP BY person_id
                ) AS s ON s.person_id = c.person_id
                INNER JOIN footfall.order_days(site = {site:String}) AS o ON o.person_id = c.person_id
                LEFT ANY JOIN
                (
                    SELECT
                        q.campaign AS campaign,
                        arrayReduce(
                            'quantileExactInclusiveOrNull(0.5)',
                            arrayMap(g -> g.2, arrayFilter(g -> g.1 < day_start(q.since, zone), d.gaps))) AS site_gap
                    FROM footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = 'winback') AS q
                    CROSS JOIN
                    (
                        -- When each gap of anybody's ended, and its days.
                        SELECT groupArrayArray(arrayMap((x, y) -> (y.1, toInt32(y.2 - x.2)), arrayPopBack(days), arrayPopFront(days))) AS gaps
                        FROM footfall.order_days(site = {site:String})
                    ) AS d
                ) AS g ON g.campaign = c.campaign
                WHERE notEmpty(known_days)
                    AND toDate(c.chosen_at, zone) - known_days[-1] > held_days(own_cadence(known_days, g.site_gap), 3, site_dormant_days({site:String}))
            ) AS a ON a.campaign = p.campaign
            GROUP BY p.campaign
        )
    )
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = '')) = 0
ORDER BY campaign;
