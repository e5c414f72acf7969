-- Grain: one campaign × channel of messages (email, sms, push, in_app, phone) × dimension.
-- Parameters: site String, since, until Date (local days, both in), by String.
-- Definition: sent, delivered, opened, clicked, unsubscribed: distinct messages (params.message_id, or the event where that is empty) with
--   such an event in the period. visits = active sessions of the campaign, each once, with its own dimension: of email, sms and push
--   those of their channel group (Email, SMS, Mobile Push Notifications); the rest are of the one other channel by which most of the campaign's
--   messages were sent (of equals the first by name), or of none. orders and revenue (net, the site's currency) = bought in them.
--   cost: of the campaign's plan of kind message that overlaps the period, over its channels by messages sent; NULL by a dimension
--   or without a rate on the plan's first day. comparison: where somebody was held out, `campaigns` has the effect; else these are
--   not a controlled comparison.
-- Source: visit_events, visits, site_orders, plan_costs, campaign_arms.
CREATE OR REPLACE VIEW footfall.messages AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end
SELECT
    campaign,
    channel,
    dimension,
    sent,
    delivered,
    opened,
    clicked,
    unsubscribed,
    clicked / nullIf(delivered, 0) AS click_rate,
    visits,
    orders,
    site_money({site:String}, net) AS revenue,
    site_money({site:String}, if({by:String} = '', cost_share, NULL)) AS cost,
    comparison
FROM
(
    SELECT
        m.campaign AS campaign, m.channel AS channel, m.dimension AS dimension,
        m.sent AS sent, m.delivered AS delivered, m.opened AS opened, m.clicked AS clicked, m.unsubscribed AS unsubscribed,
        m.visits AS visits, m.orders AS orders, m.net AS net,
        share_out(ifNull(c.cost, 0), if(arraySum(groupArray(m.sent) OVER w) = 0, groupArray(toUInt64(1)) OVER w, groupArray(m.sent) OVER w))[row_number() OVER (PARTITION BY m.campaign ORDER BY m.channel, m.dimension)] AS shared,
        if(c.campaign = '', toNullable(toInt64(0)), if(c.cost IS NULL, NULL, shared)) AS cost_share,
        if(h.campaign = '', 'not a controlled comparison', 'treated - held out: see campaigns') AS comparison
    FROM
    (
        SELECT
            campaign, channel, dimension,
            sum(sent_) AS sent, sum(delivered_) AS delivered, sum(opened_) AS opened, sum(clicked_) AS clicked, sum(unsubscribed_) AS unsubscribed,
            sum(visits_) AS visits, sum(orders_) AS orders, sum(net_) AS net
        FROM
        (
            SELECT * FROM
            (
                -- Visits have dimensions of their own, which need not be any message's. Each counts once: by its own channel where the campaign
                -- was sent by it, else by that of the others by which most were sent.
                SELECT
                    *,
                    groupUniqArrayIf(message_channel, is_message) OVER campaign_rows AS sent_by,
                    sumMapIf(map(message_channel, sent_), is_message AND message_channel NOT IN ('email', 'sms', 'push')) OVER campaign_rows AS sent_otherwise,
                    arraySort(x -> (-x.2, x.1), arrayZip(mapKeys(sent_otherwise), mapValues(sent_otherwise))) AS others,
                    multiIf(is_message OR has(sent_by, message_channel), message_channel, notEmpty(others), others[1].1, '(none)') AS channel
                FROM
                (
                    SELECT
                        toString(e.campaign) AS campaign,
                        e.params['channel'] AS message_channel,
                        e.dimension AS dimension,
                        true AS is_message,
                        uniqExactIf(id, event_name = 'message_sent') AS sent_,
                        uniqExactIf(id, event_name = 'message_delivered') AS delivered_,
                        uniqExactIf(id, event_name = 'message_opened') AS opened_,
                        uniqExactIf(id, event_name = 'message_clicked') AS clicked_,
                        uniqExactIf(id, event_name = 'message_unsubscribed') AS unsubscribed_,
                        toUInt64(0) AS visits_,
                        toUInt64(0) AS orders_,
                        toInt64(0) AS net_
                    FROM
                    (
                        SELECT *, if(params['message_id'] = '', event_id, params['message_id']) AS id
                        FROM footfall.visit_events(
                            site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}),
                            names = ['message_sent', 'message_delivered', 'message_opened', 'message_clicked', 'message_unsubscribed'])
                    ) AS e
                    GROUP BY campaign, message_channel, dimension
                    UNION ALL
                    SELECT s.campaign, s.message_channel, s.dimension, false, 0, 0, 0, 0, 0, count(), sum(o.orders), sum(o.net)
                    FROM
                    (
                        SELECT
                            toString(campaign) AS campaign, session_id, dimension,
                            multiIf(channel = 'Email', 'email', channel = 'SMS', 'sms', channel = 'Mobile Push Notifications', 'push', '(other)') AS message_channel
                        FROM footfall.visits(site = {site:String}, start = start, end = end, by = dated_by({by:String}, {since:Date}))
                        WHERE active AND campaign != ''
                    ) AS s
                    LEFT ANY JOIN
                    (
                        SELECT session_id, count() AS orders, sum(ifNull(net, 0)) AS net FROM footfall.site_orders(site = {site:String}) GROUP BY session_id
                    ) AS o ON o.session_id = s.session_id
                    GROUP BY s.campaign, s.message_channel, s.dimension
                )
                WINDOW campaign_rows AS (PARTITION BY campaign ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
            )
            WHERE is_message OR has(sent_by, channel)
        )
        GROUP BY campaign, channel, dimension
    ) AS m
    LEFT ANY JOIN footfall.plan_costs(site = {site:String}, since = {since:Date}, until = {until:Date}, kind = 'message') AS c ON c.campaign = m.campaign
    LEFT ANY JOIN
    (
        SELECT campaign
        FROM footfall.campaign_arms(site = {site:String}, since = {since:Date}, until = {until:Date})
        GROUP BY campaign
        HAVING countIf(arm = 'treated') > 0 AND countIf(arm = 'held_out') > 0
    ) AS h ON h.campaign = m.campaign
    WINDOW w AS (PARTITION BY m.campaign ORDER BY m.channel, m.dimension ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String})) = 0
ORDER BY campaign, channel, dimension;
