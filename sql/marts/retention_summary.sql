-- Grain: one cohort day × dimension.
-- Parameters: site String, since, until Date (of the cohorts, local days, both in), by String.
-- Definition: eligible = people whose first active session started on the day; d1, d7, d30, d90 = share of them with an active
--   session on exactly that many days after (kind on), NULL until that day has ended.
-- Source: retention_cells.
CREATE OR REPLACE VIEW footfall.retention_summary AS
SELECT
    cohort,
    toDateTime(cohort, site_zone({site:String})) AS at,
    dimension,
    max(eligible) AS eligible,
    maxIf(rate, age = 1) AS d1,
    maxIf(rate, age = 7) AS d7,
    maxIf(rate, age = 30) AS d30,
    maxIf(rate, age = 90) AS d90,
    max(left_censored) AS left_censored
FROM footfall.retention_cells(
    site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', kind = 'on', start_event = '', return_event = '', by = dated_by({by:String}, {since:Date}))
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
GROUP BY cohort, dimension
ORDER BY cohort, dimension;
