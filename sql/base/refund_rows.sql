-- Grain: one refund event of a site in [start, end), bots out.
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: matched = a purchase of its transaction in its currency is known; then person_id and session_id are the
--   purchase's, else the refund's own session and no person. amount in minor units of the site's currency by the rate of the
--   purchase's local day (unmatched: of its own), NULL without one. day = its own local day.
-- Source: milestones, orders_fact, bot_sessions, session_aliases, fx_rates.
CREATE OR REPLACE VIEW footfall.refund_rows AS
WITH site_currency({site:String}) AS reporting_currency
SELECT
    r.at AS at,
    r.day AS day,
    r.transaction AS transaction,
    r.matched AS matched,
    r.person_id AS person_id,
    if(r.matched, r.session_id, if(a.root = '', r.raw_session_id, a.root)) AS session_id,
    if(r.matched, r.session_key, if(a.root = '', r.raw_session_key, cityHash64(a.root))) AS session_key,
    multiIf(
        r.sent = 0 OR r.currency = reporting_currency, toNullable(r.sent),
        f.rate > 0 AND f.day >= r.rate_day - 7, toNullable(toInt64(round(r.sent * minor_rate(f.rate, r.currency, reporting_currency)))),
        NULL) AS amount
FROM
(
    SELECT
        e.event_time AS at,
        toDate(e.event_time, site_zone({site:String})) AS day,
        if(e.transaction_id = '', e.event_id, e.transaction_id) AS transaction,
        toString(e.currency) AS currency,
        toInt64(abs(e.value)) AS sent,
        e.session_id AS raw_session_id,
        e.session_key AS raw_session_key,
        o.transaction != '' AS matched,
        o.person_id AS person_id,
        o.session_id AS session_id,
        o.session_key AS session_key,
        if(matched, o.day, day) AS rate_day,
        if(matched, o.bot, e.session_key IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})) AS bot
    FROM (SELECT *, session_key FROM footfall.milestones FINAL PREWHERE event_name IN ('refund', 'purchase') WHERE site = {site:String}) AS e
    LEFT ANY JOIN
    (
        SELECT transaction, ifNull(currency, '') AS currency, person_id, session_id, session_key, day, bot
        FROM footfall.orders_fact WHERE site = {site:String}
    ) AS o ON o.transaction = if(e.transaction_id = '', e.event_id, e.transaction_id) AND o.currency = toString(e.currency)
    WHERE (e.event_name = 'refund' OR e.value < 0)
        AND e.event_time >= {start:DateTime64(3, 'UTC')} AND e.event_time < {end:DateTime64(3, 'UTC')}
) AS r
LEFT ANY JOIN (SELECT session_id, root FROM footfall.session_aliases FINAL WHERE site = {site:String}) AS a ON a.session_id = r.raw_session_id
ASOF LEFT JOIN
(
    SELECT toString(from_currency) AS from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
) AS f ON f.from_currency = r.currency AND r.rate_day >= f.day
WHERE NOT r.bot
SETTINGS do_not_merge_across_partitions_select_final = 1;
