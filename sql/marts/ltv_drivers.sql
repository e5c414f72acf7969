-- Grain: one dimension of the customers' first orders.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), by String (as in ltv: also first_item, first_category, first_coupon).
-- Definition: customers = who bought by as_of. A customer's years run from the first order day to as_of, of the churned to the day when
--   they counted as that. aov = net revenue / orders; orders_per_year = orders / customers' years; expected_years = customers' years / churned
--   customers, NULL while nobody churned; gross_margin = margin / net revenue, NULL where a cost is unknown (cost_coverage = share of the orders
--   whose costs are all known; those without a rate are in neither). lifetime_margin = the four multiplied: what such a customer is worth if things stay so. observed_margin = net revenue a customer
--   so far × gross_margin; predicted_margin_365d = what predictions expect of a customer in 365 days × gross_margin. Money in the
--   site's currency; persons and their first orders by account links as of then.
-- Source: person_state, orders_at, visits, person_goods, scored_people.
CREATE OR REPLACE VIEW footfall.ltv_drivers AS
SELECT
    dimension,
    customers,
    site_money({site:String}, minor_mean(net, orders)) AS aov,
    orders / nullIf(years, 0) AS orders_per_year,
    years / nullIf(churned, 0) AS expected_years,
    margin / nullIf(net, 0) AS gross_margin,
    costed_orders / nullIf(rated_orders, 0) AS cost_coverage,
    site_money({site:String}, toInt64OrNull(toString(round(net / nullIf(orders, 0) * orders_per_year * expected_years * gross_margin)))) AS lifetime_margin,
    site_money({site:String}, toInt64OrNull(toString(round(net / nullIf(customers, 0) * gross_margin)))) AS observed_margin,
    site_money({site:String}, toInt64OrNull(toString(round(predicted / nullIf(customers, 0) * gross_margin)))) AS predicted_margin_365d
FROM
(
    SELECT
        c.dimension AS dimension,
        count() AS customers,
        sum(s.order_count) AS orders,
        sum(s.net_revenue) AS net,
        countIf(s.stage = 'churned') AS churned,
        sum(least(toFloat64(today - s.order_days[1]), if(s.stage = 'churned', s.order_days[-1] - s.order_days[1] + assumeNotNull(s.churned_after), 1e9))) / 365 AS years,
        if(countIf(g.margin IS NULL) > 0, NULL, sum(ifNull(g.margin, 0))) AS margin,
        sum(g.rated_orders) AS rated_orders,
        sum(g.costed_orders) AS costed_orders,
        sumOrNull(k.orders_365d * k.spend) AS predicted
    FROM
    (
        SELECT *, toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String})) AS today
        FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE order_count > 0
    ) AS s
    LEFT ANY JOIN
    (
        SELECT
            f.person_id AS person_id,
            if({by:String} = 'first_item', toString(f.items[1].item_id),
            if({by:String} = 'first_category', toString(f.items[1].item_category),
            if({by:String} = 'first_coupon', toString(f.coupon), v.dimension))) AS dimension
        FROM (SELECT * FROM footfall.orders_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) WHERE number = 1) AS f
        LEFT ANY JOIN
        (
            SELECT session_id, dimension
            FROM footfall.visits(
                site = {site:String}, start = toDateTime64('1970-01-03 00:00:00', 3, 'UTC'), end = {as_of:DateTime64(3, 'UTC')} + toIntervalMillisecond(1),
                by = dated_by({by:String}, toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String}))))
            WHERE {by:String} NOT IN ('', 'first_item', 'first_category', 'first_coupon')
        ) AS v ON v.session_id = f.session_id
    ) AS c ON c.person_id = s.person_id
    LEFT ANY JOIN footfall.person_goods(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS g ON g.person_id = s.person_id
    LEFT ANY JOIN footfall.scored_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS k ON k.person_id = s.person_id
    GROUP BY dimension
)
WHERE (SELECT (SELECT ok FROM footfall.check_site(site = {site:String})) + check_first_by({by:String}) + (SELECT ok FROM footfall.check_dimension(site = {site:String}, by = {by:String}))) = 0
ORDER BY dimension;
