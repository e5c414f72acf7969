-- Grain: one cohort (month of the first order) × channel × dimension × age (months, 0 to the month of as_of).
-- Parameters: site String, since, until Date (whole months that they touch), by String.
-- Definition: new_customers = persons whose first order lies in the month, at the channel (and dimension) of their first active session
--   ever ('(none)' without one); new_people = whose first active session lies in the month. cost = ad_costs of the month with
--   commission, the channel by the same rules; NULL by a dimension that costs do not have. cac = cost / new_customers. margin = net −
--   cost of goods (as bought, those that came back too) of the customers' orders up to the age (cumulative), NULL where the age is not
--   mature or the costs of one of them are not all known (cost_coverage = share of those whose are). payback_month = the first mature
--   age whose cumulative margin is at least the cost, NULL while none is known to be or nothing was spent. ltv_to_cac = cumulative
--   margin a customer / cac at age 12, or the last mature age: ltv_to_cac_age says which; NULL without a cost, a customer or the margin.
--   Orders without a rate are in no margin and no coverage.
-- Source: origins, site_orders, costs, as_of.
CREATE OR REPLACE VIEW footfall.payback AS
WITH
    site_zone({site:String}) AS zone,
    toStartOfMonth({since:Date}) AS first_month,
    toStartOfMonth({until:Date}) AS last_month,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now,
    {by:String} IN ('', 'channel', 'source', 'medium', 'campaign', 'term', 'content') AS has_costs
SELECT
    cohort,
    channel,
    dimension,
    age,
    toUInt8(age < mature_ages) AS mature,
    site_money({site:String}, if(has_costs, cost_, NULL)) AS cost,
    new_people_ AS new_people,
    site_money({site:String}, if(has_costs, minor_mean(cost_, new_people_), NULL)) AS cost_per_new_person,
    new_customers_ AS new_customers,
    site_money({site:String}, if(has_costs, minor_mean(cost_, new_customers_), NULL)) AS cac,
    site_money({site:String}, if(mature, margins[age + 1], NULL)) AS cumulative_margin,
    (rated_so_far[age + 1] - uncosted_so_far[age + 1]) / nullIf(rated_so_far[age + 1], 0) AS cost_coverage,
    if(has_costs AND cost_ > 0 AND arrayExists((m, a) -> a < mature_ages AND ifNull(m >= cost_, 0), margins, ages),
        toNullable(arrayFirst((a, m) -> a < mature_ages AND ifNull(m >= cost_, 0), ages, margins)), NULL) AS payback_month,
    if(mature_ages = 0, NULL, toNullable(least(12, toInt32(mature_ages) - 1))) AS ltv_to_cac_age,
    if(has_costs AND cost_ > 0 AND new_customers_ > 0 AND mature_ages > 0, margins[assumeNotNull(ltv_to_cac_age) + 1] / cost_, NULL) AS ltv_to_cac,
    unrated_costs AS costs_without_rate
FROM
(
    SELECT
        *,
        range(toUInt64(greatest(0, dateDiff('month', cohort, toStartOfMonth(toDate(now, zone))) + 1))) AS ages,
        toUInt64(arrayCount(a -> toDateTime(addMonths(cohort, a + 1), zone) <= now, ages)) AS mature_ages,
        arrayCumSum(arrayMap(a -> uncosted_at[a], ages)) AS uncosted_so_far,
        arrayCumSum(arrayMap(a -> rated_at[a], ages)) AS rated_so_far,
        arrayMap((m, u) -> if(u > 0, NULL, m), arrayCumSum(arrayMap(a -> margin_at[a], ages)), uncosted_so_far) AS margins
    FROM
    (
        SELECT
            cohort, channel, dimension,
            sum(x.cost) AS cost_, sum(x.new_people) AS new_people_, sum(x.new_customers) AS new_customers_, sum(x.unrated_costs) AS unrated_costs,
            sumMap(x.margin_at) AS margin_at, sumMap(x.uncosted_at) AS uncosted_at, sumMap(x.rated_at) AS rated_at
        FROM
        (
            SELECT
                toStartOfMonth(p.first_day) AS cohort, p.channel AS channel, p.dimension AS dimension,
                toInt64(0) AS cost, toUInt64(0) AS new_people, count() AS new_customers, toUInt64(0) AS unrated_costs,
                sumMap(p.margin_at) AS margin_at, sumMap(p.uncosted_at) AS uncosted_at, sumMap(p.rated_at) AS rated_at
            FROM
            (
                SELECT
                    c.person_id,
                    c.first_day AS first_day,
                    if(g.person_id = '', '(none)', g.channel) AS channel,
                    g.dimension AS dimension,
                    c.margin_at AS margin_at,
                    c.uncosted_at AS uncosted_at,
                    c.rated_at AS rated_at
                FROM
                (
                    SELECT
                        person_id,
                        min(first) AS first_day,
                        sumMap(map(toUInt64(dateDiff('month', first, day)), ifNull(margin, 0))) AS margin_at,
                        sumMap(map(toUInt64(dateDiff('month', first, day)), toUInt64(net IS NOT NULL AND margin IS NULL))) AS uncosted_at,
                        sumMap(map(toUInt64(dateDiff('month', first, day)), toUInt64(net IS NOT NULL))) AS rated_at
                    FROM (SELECT person_id, day, net, margin, min(day) OVER (PARTITION BY person_id) AS first FROM footfall.site_orders(site = {site:String}))
                    WHERE toStartOfMonth(first) BETWEEN first_month AND last_month
                    GROUP BY person_id
                ) AS c
                LEFT ANY JOIN footfall.origins(site = {site:String}, by = dated_by({by:String}, {since:Date})) AS g ON g.person_id = c.person_id
            ) AS p
            GROUP BY cohort, channel, dimension
            UNION ALL
            SELECT
                toStartOfMonth(toDate(first_seen, zone)) AS cohort, channel, dimension, 0, count(), 0, 0,
                CAST(map(), 'Map(UInt64, Int64)'), CAST(map(), 'Map(UInt64, UInt64)'), CAST(map(), 'Map(UInt64, UInt64)')
            FROM footfall.origins(site = {site:String}, by = dated_by({by:String}, {since:Date}))
            WHERE toStartOfMonth(toDate(first_seen, zone)) BETWEEN first_month AND last_month
            GROUP BY cohort, channel, dimension
            UNION ALL
            SELECT
                toStartOfMonth(day) AS cohort, channel, assumeNotNull(dimension) AS dimension, sum(ifNull(cost, 0)), 0, 0, countIf(cost IS NULL),
                CAST(map(), 'Map(UInt64, Int64)'), CAST(map(), 'Map(UInt64, UInt64)'), CAST(map(), 'Map(UInt64, UInt64)')
            FROM footfall.costs(site = {site:String}, since = toStartOfMonth({since:Date}), until = toLastDayOfMonth({until:Date}), by = dated_by({by:String}, {since:Date}))
            WHERE dimension IS NOT NULL
            GROUP BY cohort, channel, dimension
        ) AS x
        GROUP BY cohort, channel, dimension
    )
)
ARRAY JOIN ages AS age
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'month', by = {by:String})) = 0
ORDER BY cohort, channel, dimension, age;
