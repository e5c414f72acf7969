-- Grain: one person of a site whose turn it was: who, churned_days before as_of, had bought and not churned, and was due to by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: watched_from = the local midnight churned_days (of the site) before as_of's; stage and cadence as person_state's as they
--   stood then, with persons as they are known now; due = the day on which quiet would pass churned_after, at most as_of's; churned = no order
--   from then to that day, else kept. band: cadences within a factor of two of each other (0: under 2 days, 1: under 4, …).
-- Source: person_history, as_of.
CREATE OR REPLACE VIEW footfall.churn_cohort AS
WITH
    site_zone({site:String}) AS zone,
    least({as_of:DateTime64(3, 'UTC')}, (SELECT assumeNotNull(as_of) FROM footfall.as_of)) AS now_at,
    toDate(now_at, zone) AS today,
    today - site_churned_days({site:String}) AS first_day
SELECT
    person_id,
    day_start(first_day, zone) AS watched_from,
    stage,
    toUInt8(log2(ifNull(cadence, 1))) AS band,
    toUInt8(NOT arrayExists(d -> d >= first_day AND d < due, order_days)) AS churned
FROM
(
    SELECT
        person_id,
        order_days,
        arrayFilter(d -> d < first_day, order_days) AS known,
        quantileExactInclusiveOrNullArray(0.5)(arrayPopFront(arrayDifference(arrayMap(d -> toInt32(d), known)))) OVER () AS site_gap,
        own_cadence(known, site_gap) AS cadence,
        held_days(cadence, 3, site_dormant_days({site:String})) AS dormant_after,
        greatest(held_days(cadence, 6, site_churned_days({site:String})), dormant_after + 1) AS churned_after,
        greatest(30., ifNull(3 * cadence, 30.)) AS trend_days,
        life_stage(
            known, first_day, dormant_after, churned_after,
            least(day_trend(known, first_day, trend_days), day_trend(arrayFilter(d -> d < first_day, active_days), first_day, trend_days))) AS stage,
        known[-1] + toUInt32(floor(churned_after)) + 1 AS due
    FROM footfall.person_history(site = {site:String}, as_of = now_at)
    WHERE notEmpty(order_days) AND order_days[1] < first_day
)
WHERE stage != 'churned' AND due <= today;
