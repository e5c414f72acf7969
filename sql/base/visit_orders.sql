-- Grain: one transaction that a person (bots out) bought in [start, end), with its session's dimension.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: orders_fact with the dimension of its session; started_at and active are the session's.
-- Source: orders_fact, visit_dimensions.
CREATE OR REPLACE VIEW footfall.visit_orders AS
SELECT
    o.transaction AS transaction,
    o.person_id AS person_id,
    o.person_key AS person_key,
    o.session_id AS session_id,
    o.session_key AS session_key,
    o.at AS at,
    o.net AS net,
    o.refunded AS refunded,
    o.currency AS currency,
    o.reporting_net AS reporting_net,
    o.items AS items,
    o.session_started_at AS started_at,
    o.session_active AS active,
    v.dimension AS dimension
FROM
(
    SELECT * FROM footfall.orders_fact
    WHERE site = {site:String} AND NOT bot AND at >= {start:DateTime64(3, 'UTC')} AND at < {end:DateTime64(3, 'UTC')}
) AS o
LEFT ANY JOIN
(
    SELECT session_key, dimension
    FROM footfall.visit_dimensions(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 48 HOUR, end = {end:DateTime64(3, 'UTC')}, by = {by:String})
    WHERE purchases > 0
) AS v
    ON v.session_key = o.session_key;
