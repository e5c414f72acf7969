-- Grain: one cohort: the persons whose first order lies in a month (of the site's zone).
-- Parameters: site String, since, until Date (local days of the first order, both in), within UInt64 (days, 1 to 3650).
-- Definition: repeat_buyers = those with a second order at most `within` days (of 24 h, end in) after the first;
--   mature_buyers = those whose `within` days as_of has passed; repeat_rate = repeat buyers among them / mature_buyers,
--   orders_per_buyer = their orders up to then, the first in, / mature_buyers; NULL where nobody is mature. mature: all are, and
--   the month has ended. median_gap_days: from first to second order of the repeat buyers. next_category: the most frequent
--   of the lines of their second orders (of equals the first by name). left_censored: of the site's first 30 days.
-- Source: site_orders, site_start, as_of.
CREATE OR REPLACE VIEW footfall.repurchase AS
WITH
    site_zone({site:String}) AS zone,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    cohort,
    toDateTime(cohort, zone) AS at,
    toUInt8(mature_buyers = buyers AND toDateTime(addMonths(cohort, 1), zone) <= now) AS mature,
    count() AS buyers,
    countIf(repeated) AS repeat_buyers,
    countIf(passed) AS mature_buyers,
    if(mature_buyers = 0, NULL, countIf(repeated AND passed) / mature_buyers) AS repeat_rate,
    quantileExactInclusiveOrNullIf(0.5)(gap_days, repeated) AS median_gap_days,
    if(mature_buyers = 0, NULL, sumIf(orders, passed) / mature_buyers) AS orders_per_buyer,
    -- The most frequent first, of equals by name.
    arraySort(x -> (-x.2, x.1), arrayZip(
        mapKeys(sumMapIf(next_categories, repeated) AS counted), mapValues(counted)))[1].1 AS next_category,
    toUInt8(ifNull(cohort < (SELECT first_day FROM footfall.site_start(site = {site:String})) + 30, 0)) AS left_censored
FROM
(
    SELECT
        toStartOfMonth(first_day) AS cohort,
        first_at + toIntervalDay({within:UInt64}) AS window_end,
        window_end <= now AS passed,
        countIf(at <= window_end) AS orders,
        anyIf(at, number = 2) AS second_at,
        max(number) >= 2 AND second_at <= window_end AS repeated,
        (toUnixTimestamp64Milli(second_at) - toUnixTimestamp64Milli(first_at)) / 86400000 AS gap_days,
        sumMapIf(arrayMap(i -> (i.item_category, toUInt64(1)), items)::Map(String, UInt64), number = 2) AS next_categories
    FROM
    (
        SELECT person_id, number, at, items, min(at) OVER (PARTITION BY person_id) AS first_at, min(day) OVER (PARTITION BY person_id) AS first_day
        FROM footfall.site_orders(site = {site:String})
    )
    WHERE first_day BETWEEN {since:Date} AND {until:Date}
    GROUP BY person_id, first_at, first_day
)
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'month', by = ''))
        + throwIf({within:UInt64} = 0 OR {within:UInt64} > 3650, concat('within is ', toString({within:UInt64}), '; give 1 to 3650 days'))) = 0
GROUP BY cohort
ORDER BY cohort;
