-- Grain: one person who bought by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: what the prediction models know: x = order days after the first; tx_days, t_days = days from the first order day to
--   the last and to as_of's day; spend = mean net revenue of the x days, minor units of the site's currency, 0 for x = 0.
-- Source: person_history.
CREATE OR REPLACE VIEW footfall.purchase_days AS
WITH
    site_zone({site:String}) AS zone,
    toDate({as_of:DateTime64(3, 'UTC')}, zone) AS today
SELECT
    person_id,
    order_days,
    toUInt64(length(order_days) - 1) AS x,
    toUInt64(order_days[-1] - order_days[1]) AS tx_days,
    toUInt64(today - order_days[1]) AS t_days,
    if(x = 0, 0., arraySum(o -> if(toDate(o.1, zone) = order_days[1], 0, o.2), orders) / x) AS spend
FROM footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE notEmpty(order_days);
