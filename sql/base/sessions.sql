-- Grain: one session.
-- Definition: a visitor's events on a site, split where neighbours in event time are more than the site's gap apart.
--   active: a person was there (a shipment's or a message's event alone is no visit). engaged: ≥ 10 s of engagement, or ≥ 2
--   page views, or a key event of the site. orders, and revenue by currency (net, minor units), of the transactions bought
--   in it. Bots are in, with bot_reasons.
-- Source: session_facts, orders_fact.
CREATE OR REPLACE VIEW footfall.sessions AS
SELECT
    s.session_id AS session_id,
    s.site AS site,
    s.visitor_id AS visitor_id,
    nullIf(s.user_id, '') AS user_id,
    s.started_at AS started_at,
    s.ended_at AS ended_at,
    (toUnixTimestamp64Milli(s.ended_at) - toUnixTimestamp64Milli(s.started_at)) / 1000 AS duration_seconds,
    s.events AS events,
    s.page_views AS page_views,
    s.engagement_ms / 1000 AS engagement_seconds,
    s.active AS active,
    s.engagement_ms >= 10000 OR s.page_views >= 2 OR hasAny(s.event_names, site_key_events(s.site)) AS engaged,
    s.landing_page AS landing_page,
    s.exit_page AS exit_page,
    s.referrer AS referrer,
    s.channel AS channel,
    s.source AS source,
    s.medium AS medium,
    s.campaign AS campaign,
    s.term AS term,
    s.content AS content,
    s.country AS country,
    s.region AS region,
    s.city AS city,
    s.language AS language,
    s.device AS device,
    s.browser AS browser,
    s.os AS os,
    s.platform AS platform,
    s.product_views AS product_views,
    s.cart_adds AS cart_adds,
    s.checkouts AS checkouts,
    o.orders AS orders,
    o.revenue AS revenue,
    s.searches AS searches,
    s.bot_reasons AS bot_reasons
FROM footfall.session_facts AS s
LEFT ANY JOIN
(
    SELECT session_id, count() AS orders, sumMap(map(ifNull(currency, ''), net)) AS revenue
    FROM footfall.orders_fact
    GROUP BY session_id
) AS o ON o.session_id = s.session_id;
