-- Grain: one transaction (site, transaction_id; event_id where that is empty).
-- Definition: its first purchase by (event_time, event_id) counts, later ones are repeats; refunded = sum of the absolute
--   values of its refunds (event `refund`, or a purchase of negative value) in its currency, whatever visitor sent them;
--   net = gross − refunded. Money in minor units of `currency`. reporting_net: net in minor units of the site's currency by
--   the last rate on or before the order's local day and at most 7 days old (1 for the same currency), rounded half to even;
--   NULL without a rate; minor_rate = what its other amounts are multiplied by to be so. person_id: the session's account, else the
--   one its visitor was last known by, else the visitor. bot: its session is a bot's; marts leave it out.
--   session_started_at, session_active, session_user_id (its own account): of its session.
-- Source: milestones, session_aliases, session_rows, visitor_accounts, fx_rates.
CREATE OR REPLACE VIEW footfall.orders_fact AS
WITH
    sent AS
    (
        SELECT
            site,
            if(transaction_id = '', event_id, transaction_id) AS transaction,
            cityHash64(site, transaction) AS transaction_key,
            visitor_id,
            visitor_key,
            session_id,
            session_key,
            event_time,
            event_id,
            toString(currency) AS currency,
            value,
            tax,
            shipping,
            discount,
            toString(coupon) AS coupon,
            items.item_id AS item_ids,
            items.item_name AS item_names,
            items.item_brand AS item_brands,
            items.item_category AS item_categories,
            items.price AS item_prices,
            items.cost AS item_costs,
            items.quantity AS item_quantities
        FROM footfall.milestones
        PREWHERE event_name = 'purchase'
        WHERE value >= 0
    ),
    -- Those bought, or written, more than once.
    repeated AS (SELECT transaction_key FROM sent LIMIT 1 OFFSET 1 BY transaction_key),
    -- Only they are sorted: to sort whole rows takes as long as all the rest.
    purchases AS
    (
        SELECT * FROM sent WHERE transaction_key NOT IN (SELECT transaction_key FROM repeated)
        UNION ALL
        SELECT *
        FROM
        (
            SELECT *
            FROM sent
            WHERE transaction_key IN (SELECT transaction_key FROM repeated)
            ORDER BY event_time, event_id
            LIMIT 1 BY transaction_key
        )
    ),
    refunds AS
    (
        SELECT refund_key, sum(amount) AS refunded
        FROM
        (
            SELECT cityHash64(site, if(transaction_id = '', event_id, transaction_id), toString(currency)) AS refund_key, abs(value) AS amount
            FROM footfall.milestones FINAL
            PREWHERE event_name IN ('refund', 'purchase')
            WHERE event_name = 'refund' OR (event_name = 'purchase' AND value < 0)
        )
        GROUP BY refund_key
    ),
    orders AS
    (
        SELECT
            p.site AS site,
            p.transaction AS transaction,
            p.visitor_id AS visitor_id,
            p.visitor_key AS visitor_key,
            p.session_id AS raw_session_id,
            p.session_key AS raw_session_key,
            p.event_time AS at,
            p.currency AS currency,
            p.value AS gross,
            toInt64(r.refunded) AS refunded,
            gross - refunded AS net,
            p.tax AS tax,
            p.shipping AS shipping,
            p.discount AS discount,
            p.coupon AS coupon,
            p.item_ids AS item_ids,
            p.item_names AS item_names,
            p.item_brands AS item_brands,
            p.item_categories AS item_categories,
            p.item_prices AS item_prices,
            p.item_costs AS item_costs,
            p.item_quantities AS item_quantities,
            toDate(toString(at, site_zone(p.site))) AS local_day,
            site_currency(p.site) AS reporting_currency
        FROM purchases AS p
        LEFT ANY JOIN refunds AS r ON r.refund_key = cityHash64(p.site, p.transaction, p.currency)
    )
SELECT
    o.site AS site,
    o.transaction AS transaction,
    person_of(s.user_id, v.user_id, o.visitor_id) AS person_id,
    person_key_of(s.user_key, v.user_key, o.visitor_key) AS person_key,
    o.visitor_id AS visitor_id,
    s.user_id AS session_user_id,
    if(a.root = '', o.raw_session_id, a.root) AS session_id,
    if(a.root_key = 0, o.raw_session_key, a.root_key) AS session_key,
    o.at AS at,
    o.local_day AS day,
    nullIf(o.currency, '') AS currency,
    o.gross AS gross,
    o.refunded AS refunded,
    o.net AS net,
    o.tax AS tax,
    o.shipping AS shipping,
    o.discount AS discount,
    o.coupon AS coupon,
    CAST(
        arrayZip(o.item_ids, o.item_names, o.item_brands, o.item_categories, o.item_prices, o.item_costs, o.item_quantities),
        'Array(Tuple(item_id String, item_name String, item_brand String, item_category String, price Int64, cost Nullable(Int64), quantity Int32))')
        AS items,
    multiIf(
        o.net = 0 AND o.gross = 0, toNullable(toInt64(0)),
        o.currency = o.reporting_currency, toNullable(o.net),
        f.rate > 0 AND f.day >= o.local_day - 7,
            toNullable(toInt64(round(o.net * f.rate * exp10(currency_exponent(o.reporting_currency) - currency_exponent(o.currency))))),
        NULL) AS reporting_net,
    multiIf(
        o.currency = o.reporting_currency OR (o.gross = 0 AND o.net = 0), toNullable(1.),
        f.rate > 0 AND f.day >= o.local_day - 7, toNullable(minor_rate(f.rate, o.currency, o.reporting_currency)),
        NULL) AS minor_rate,
    s.bot AS bot,
    s.started_at AS session_started_at,
    s.active AS session_active
FROM orders AS o
LEFT ANY JOIN (SELECT cityHash64(session_id) AS session_key, root, cityHash64(root) AS root_key FROM footfall.session_aliases FINAL) AS a
    ON a.session_key = o.raw_session_key
LEFT ANY JOIN
(
    SELECT session_key, user_id, user_key, notEmpty(bot_reasons) AS bot, started_at, active_events > 0 AS active
    FROM footfall.session_rows FINAL
    WHERE purchases > 0 AND NOT tombstone
) AS s ON s.session_key = if(a.root_key = 0, o.raw_session_key, a.root_key)
LEFT ANY JOIN (SELECT cityHash64(site, visitor_key) AS site_visitor, user_id, user_key FROM footfall.visitor_accounts) AS v
    ON v.site_visitor = cityHash64(o.site, o.visitor_key)
ASOF LEFT JOIN
(
    SELECT toString(from_currency) AS from_currency, toString(to_currency) AS to_currency, day, rate FROM footfall.fx_rates FINAL
) AS f ON f.from_currency = o.currency AND f.to_currency = o.reporting_currency AND o.local_day >= f.day
SETTINGS do_not_merge_across_partitions_select_final = 1;
