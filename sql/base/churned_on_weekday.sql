-- Grain: one slot: the day (1), and the same weekday of 1 to 8 weeks before it (2 … 9).
-- Parameters: site String, day Date (a local day that is over).
-- Definition: active_at_start = people with an order before the day and quiet at most X then; churned = those whose quiet passes X in it,
--   without an order: as `churn` by day, by the orders alone.
-- Source: orders_fact.
CREATE OR REPLACE VIEW footfall.churned_on_weekday AS
SELECT
    slot,
    countIf(day - known[-1] <= churned_after) AS active_at_start,
    countIf(day - known[-1] <= churned_after AND known[-1] + toUInt32(floor(churned_after)) + 1 <= day + 1 AND NOT bought) AS churned
FROM
(
    SELECT
        slot,
        day,
        arrayFilter(d -> d < day, order_days) AS known,
        has(order_days, day) AS bought,
        -- The site's median gap of all gaps that had ended by then.
        quantileExactInclusiveOrNullArray(0.5)(arrayPopFront(arrayDifference(arrayMap(d -> toInt32(d), known)))) OVER (PARTITION BY slot) AS site_gap,
        own_cadence(known, site_gap) AS cadence,
        greatest(held_days(cadence, 6, site_churned_days({site:String})), held_days(cadence, 3, site_dormant_days({site:String})) + 1) AS churned_after
    FROM
    (
        SELECT person_id, arraySort(groupUniqArray(day)) AS order_days
        FROM footfall.orders_fact
        WHERE site = {site:String} AND NOT bot
        GROUP BY person_id
    )
    ARRAY JOIN range(1, 10) AS slot, arrayMap(w -> {day:Date} - 7 * w, range(9)) AS day
    WHERE order_days[1] < day
)
GROUP BY slot;
