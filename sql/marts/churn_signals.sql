-- Grain: one signal.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: of the people who had bought churned_days (of the site) before as_of, had not churned then, and were due to by as_of, those who
--   did (churned) and those who ordered in time (kept), held against each other within the same stage and the same cadence, both as
--   they stood then. had_churned, had_kept: of them, who had met the signal in the as many days before (person_signals), so that it
--   comes before what it is held against. share_churned and share_kept weigh stages and cadences alike (Mantel–Haenszel); lift = share_churned /
--   share_kept, difference = share_churned − share_kept, each with its 95 % interval (Greenland–Robins; none for who nobody met). matched = those
--   of whose stage and cadence there are both; unmatched = the others, who are in no figure. An association, not a cause.
-- Source: churn_cohort, person_signals.
CREATE OR REPLACE VIEW footfall.churn_signals AS
WITH
    least({as_of:DateTime64(3, 'UTC')}, (SELECT assumeNotNull(as_of) FROM footfall.as_of)) AS now_at,
    toDate(now_at, site_zone({site:String})) - site_churned_days({site:String}) AS first_day,
    ['error', 'slow_page', 'zero_result_search', 'bad_rating', 'complaint', 'late_answer', 'late_delivery', 'return', 'price_rise'] AS all_signals
SELECT
    signal,
    churned,
    kept,
    had_churned,
    had_kept,
    if(weight = 0, NULL, hit1 / weight) AS share_churned,
    if(weight = 0, NULL, hit0 / weight) AS share_kept,
    if(hit0 = 0, NULL, hit1 / hit0) AS lift,
    lift * exp(-1.959963984540054 * lift_error) AS lift_low,
    lift * exp(1.959963984540054 * lift_error) AS lift_high,
    share_churned - share_kept AS difference,
    difference - 1.959963984540054 * difference_error AS difference_low,
    difference + 1.959963984540054 * difference_error AS difference_high,
    unmatched,
    'association, not cause' AS says
FROM
(
    -- Of each stage and cadence, n1 churned and n0 were kept; x1 and x0 of them had met the signal.
    SELECT
        signal,
        toUInt64(sumIf(n1, matched)) AS churned,
        toUInt64(sumIf(n0, matched)) AS kept,
        toUInt64(sumIf(x1, matched)) AS had_churned,
        toUInt64(sumIf(x0, matched)) AS had_kept,
        toUInt64(sumIf(n1 + n0, NOT matched)) AS unmatched,
        sumIf(n1 * n0 / (n1 + n0), matched) AS weight,
        sumIf(x1 * n0 / (n1 + n0), matched) AS hit1,
        sumIf(x0 * n1 / (n1 + n0), matched) AS hit0,
        if(hit1 * hit0 = 0, NULL, sqrt(sumIf((x1 + x0) * n1 * n0 / pow(n1 + n0, 2) - x1 * x0 / (n1 + n0), matched) / (hit1 * hit0))) AS lift_error,
        if(hit1 + hit0 = 0, NULL,
            sqrt(sumIf((x1 * (n1 - x1) * pow(n0, 2) / n1 + x0 * (n0 - x0) * pow(n1, 2) / n0) / pow(n1 + n0, 2), matched)) / weight) AS difference_error
    FROM
    (
        SELECT
            signal,
            toFloat64(countIf(churned = 1)) AS n1,
            toFloat64(countIf(churned = 0)) AS n0,
            toFloat64(countIf(churned = 1 AND has(signals, signal))) AS x1,
            toFloat64(countIf(churned = 0 AND has(signals, signal))) AS x0,
            n1 > 0 AND n0 > 0 AS matched
        FROM
        (
            SELECT c.stage AS stage, c.band AS band, c.churned AS churned, s.signals AS signals
            FROM footfall.churn_cohort(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS c
            LEFT ANY JOIN
            (
                SELECT person_id, groupArray(signal) AS signals
                FROM footfall.person_signals(
                    site = {site:String}, start = day_start(first_day - site_churned_days({site:String}), site_zone({site:String})),
                    end = day_start(first_day, site_zone({site:String})))
                GROUP BY person_id
            ) AS s ON s.person_id = c.person_id
        )
        ARRAY JOIN all_signals AS signal
        GROUP BY signal, stage, band
        UNION ALL
        -- What nobody could meet, too.
        SELECT arrayJoin(all_signals), 0, 0, 0, 0, 0
    )
    GROUP BY signal
)
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
ORDER BY lift IS NULL, lift DESC, indexOf(all_signals, signal);
