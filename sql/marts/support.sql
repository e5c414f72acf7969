-- Grain: one channel of support × dimension.
-- Parameters: site String, since, until Date (local days of a case's first contact, both in), by String.
-- Definition: cases by their first contact; contacts = all contacts of them; contacts_per_order = contacts / orders of the period
--   (of the dimension). Minutes from the first contact to the first reply and to the first resolution, medians and 90th percentiles of those
--   that have one. resolved_rate, reopened_rate (a contact after the resolution), handoff_rate (a bot, then a human) of cases; csat =
--   share of 4 and 5 among rated cases. orders_24h_after = of the pre-sale cases, those whose person ordered within 24 hours;
--   repurchase_30d = of all cases, those whose person ordered within 30 days; both only of cases for which that time has passed.
-- Source: support_cases, site_orders, visit_orders, as_of.
CREATE OR REPLACE VIEW footfall.support AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end,
    (SELECT assumeNotNull(as_of) FROM footfall.as_of) AS now
SELECT
    c.channel AS channel,
    c.dimension AS dimension,
    count() AS cases,
    sum(c.contacts) AS contacts,
    contacts / nullIf(any(o.orders), 0) AS contacts_per_order,
    quantileExactInclusiveOrNull(0.5)(dateDiff('millisecond', c.contacted_at, c.first_reply_at) / 60000) AS first_reply_minutes_p50,
    quantileExactInclusiveOrNull(0.9)(dateDiff('millisecond', c.contacted_at, c.first_reply_at) / 60000) AS first_reply_minutes_p90,
    quantileExactInclusiveOrNull(0.5)(dateDiff('millisecond', c.contacted_at, c.resolved_at) / 60000) AS resolution_minutes_p50,
    quantileExactInclusiveOrNull(0.9)(dateDiff('millisecond', c.contacted_at, c.resolved_at) / 60000) AS resolution_minutes_p90,
    countIf(c.resolved_at IS NOT NULL) / cases AS resolved_rate,
    countIf(ifNull(c.last_human_at > c.first_bot_at, 0)) / cases AS handoff_rate,
    countIf(c.reopened) AS reopened,
    reopened / cases AS reopened_rate,
    countIf(c.csat >= 4) / nullIf(countIf(c.csat IS NOT NULL), 0) AS csat,
    countIf(pre AND day_passed AND arrayExists(t -> t >= c.contacted_at AND t <= c.contacted_at + INTERVAL 24 HOUR, p.times)) / nullIf(countIf(pre AND day_passed), 0) AS orders_24h_after,
    countIf(month_passed AND arrayExists(t -> t >= c.contacted_at AND t <= c.contacted_at + INTERVAL 30 DAY, p.times)) / nullIf(countIf(month_passed), 0) AS repurchase_30d
FROM
(
    SELECT
        *, stage = 'pre_sale' AS pre, contacted_at + INTERVAL 24 HOUR <= now AS day_passed, contacted_at + INTERVAL 30 DAY <= now AS month_passed
    FROM footfall.support_cases(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
) AS c
LEFT ANY JOIN
(
    SELECT person_id, groupArray(at) AS times FROM footfall.site_orders(site = {site:String}) WHERE at >= start GROUP BY person_id
) AS p ON p.person_id = c.person_id
LEFT ANY JOIN
(
    SELECT dimension, count() AS orders FROM footfall.visit_orders(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date})) GROUP BY dimension
) AS o ON o.dimension = c.dimension
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY channel, dimension
ORDER BY channel, dimension;
