-- Grain: one dimension of the customers' first orders.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), by String (as in ltv: also first_item, first_category, first_coupon).
-- Definition: customers = who bought by as_of. A customer's years run from the first order day to as_of, of the churned to the day when
--   they counted as that. aov = net revenue / orders; orders_per_year = orders / customers' years; expected_years = customers' years / churned
--   customers, NULL while nobody churned; gross_margin = margin / net revenue of the orders whose costs are known, NULL without any.
--   lifetime_margin = the four multiplied: what such a customer is worth if things stay so. observed_margin = net revenue a customer
--   so far × gross_margin; predicted_margin_365d = what predictions expect of a customer in 365 days × gross_margin. Money in
--   the site's currency.
-- Source: person_state, customer_cohorts, person_goods, scored_people.
CREATE OR REPLACE VIEW footfall.ltv_drivers AS
SELECT
    dimension,
    customers,
    site_money({site:String}, minor_mean(net, orders)) AS aov,
    orders / nullIf(years, 0) AS orders_per_year,
    years / nullIf(churned, 0) AS expected_years,
    margin / nullIf(costed_net, 0) AS gross_margin,
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
        sumOrNull(g.margin) AS margin,
        sum(g.costed_net) AS costed_net,
        sumOrNull(k.orders_365d * k.spend) AS predicted
    FROM
    (
        SELECT *, toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String})) AS today
        FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE order_count > 0
    ) AS s
    LEFT ANY JOIN footfall.customer_cohorts(
        site = {site:String}, since = toDate('1970-01-03'), until = toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String})), grain = 'day', by = dated_by({by:String}, toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String})))) AS c
        ON c.person_id = s.person_id
    LEFT ANY JOIN footfall.person_goods(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS g ON g.person_id = s.person_id
    LEFT ANY JOIN footfall.scored_people(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS k ON k.person_id = s.person_id
    GROUP BY dimension
)
WHERE (SELECT (SELECT ok FROM footfall.check_site(site = {site:String})) + check_first_by({by:String}) + (SELECT ok FROM footfall.check_dimension(site = {site:String}, by = {by:String}))) = 0
ORDER BY dimension;
