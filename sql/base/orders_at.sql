-- Grain: one transaction of a person (bots out) of a site bought by as_of, as it stood then.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: as site_orders, but the person by account links as of then, and net and margin less the refunds that came by then only.
-- Source: site_orders, visitor_accounts_at, later_refunds.
CREATE OR REPLACE VIEW footfall.orders_at AS
SELECT
    o.transaction AS transaction,
    person_of(o.session_user_id, v.user_id, o.visitor_id) AS person_id,
    o.session_id AS session_id,
    o.at AS at,
    o.coupon AS coupon,
    o.items AS items,
    o.minor_rate AS minor_rate,
    if(r.later = 0, o.net, toInt64(round((o.net_sent + r.later) * o.minor_rate))) AS net,
    o.gross AS gross,
    o.discount AS discount,
    net - o.goods AS margin,
    row_number() OVER (PARTITION BY person_id ORDER BY at, transaction) AS number
FROM (SELECT * FROM footfall.site_orders(site = {site:String}) WHERE at <= {as_of:DateTime64(3, 'UTC')}) AS o
LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = o.visitor_id
LEFT ANY JOIN footfall.later_refunds(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS r
    ON r.transaction = o.transaction AND r.currency = o.currency;
