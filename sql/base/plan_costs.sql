-- Grain: one campaign plan that overlaps the days from since to until.
-- Parameters: site String, since, until Date (both in), kind String ('' any).
-- Definition: cost in minor units of the site's currency by the rate of the plan's first day (at most 7 days old), NULL without one.
-- Source: campaign_plans, fx_rates.
CREATE OR REPLACE VIEW footfall.plan_costs AS
SELECT
    p.campaign AS campaign,
    toString(p.kind) AS kind,
    p.since AS since,
    p.until AS until,
    toString(p.goal) AS goal,
    p.target AS target,
    multiIf(
        p.cost = 0 OR p.currency = site_currency({site:String}), toNullable(p.cost),
        f.rate > 0 AND f.day >= p.since - 7, toNullable(toInt64(round(p.cost * minor_rate(f.rate, toString(p.currency), site_currency({site:String}))))),
        NULL) AS cost
FROM
(
    SELECT * FROM footfall.campaign_plans FINAL
    WHERE site = {site:String} AND campaign_plans.since <= {until:Date} AND campaign_plans.until >= {since:Date} AND {kind:String} IN ('', kind)
) AS p
ASOF LEFT JOIN
(
    SELECT from_currency, day, rate FROM footfall.fx_rates FINAL WHERE to_currency = site_currency({site:String})
) AS f ON f.from_currency = p.currency AND p.since >= f.day;
