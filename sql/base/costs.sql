-- Grain: one row of ad_costs between since and until.
-- Parameters: site String, since, until Date (both in), by String.
-- Definition: channel by the same rules as a session's; cost = cost + commission in minor units of the site's currency by the rate
--   of the day (at most 7 days old), NULL without one; dimension of `by` where the table has it (channel, source, medium, campaign,
--   term, content; '' for none), NULL for any other.
-- Source: ad_costs, fx_rates.
CREATE OR REPLACE VIEW footfall.costs AS
SELECT
    c.day AS day,
    channel_group(toString(c.source), toString(c.medium), toString(c.campaign)) AS channel,
    toString(c.campaign) AS campaign,
    multiIf(
        {by:String} = '', '',
        {by:String} = 'channel', channel,
        {by:String} = 'source', toString(c.source),
        {by:String} = 'medium', toString(c.medium),
        {by:String} = 'campaign', toString(c.campaign),
        {by:String} = 'term', c.term,
        {by:String} = 'content', c.content,
        NULL) AS dimension,
    multiIf(
        c.currency = site_currency({site:String}) OR c.cost + c.commission = 0, toNullable(c.cost + c.commission),
        f.rate > 0 AND f.day >= c.day - 7,
            toNullable(toInt64(round((c.cost + c.commission) * minor_rate(f.rate, toString(c.currency), site_currency({site:String}))))),
        NULL) AS cost,
    c.clicks AS clicks,
    c.impressions AS impressions
FROM (SELECT * FROM footfall.ad_costs FINAL WHERE site = {site:String} AND day BETWEEN {since:Date} AND {until:Date}) AS c
ASOF LEFT JOIN
(
    SELECT from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
) AS f ON f.from_currency = c.currency AND c.day >= f.day;
