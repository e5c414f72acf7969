-- Grain: one row.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: the parameters of BG/NBD and gamma-gamma as fitted last on a day up to as_of's; NULL where there is no such fit or it
--   did not converge. gamma in major units of the site's currency, times in weeks.
-- Source: models.
CREATE OR REPLACE VIEW footfall.fitted_models AS
SELECT
    maxOrNullIf(value, model = 'bg_nbd' AND newest AND parameter = 'converged') = 1 AS orders_ok,
    maxOrNullIf(value, model = 'gamma_gamma' AND newest AND parameter = 'converged') = 1 AS spend_ok,
    if(orders_ok, maxOrNullIf(value, model = 'bg_nbd' AND newest AND parameter = 'r'), NULL) AS r,
    if(orders_ok, maxOrNullIf(value, model = 'bg_nbd' AND newest AND parameter = 'alpha'), NULL) AS alpha,
    if(orders_ok, maxOrNullIf(value, model = 'bg_nbd' AND newest AND parameter = 'a'), NULL) AS a,
    if(orders_ok, maxOrNullIf(value, model = 'bg_nbd' AND newest AND parameter = 'b'), NULL) AS b,
    if(spend_ok, maxOrNullIf(value, model = 'gamma_gamma' AND newest AND parameter = 'p'), NULL) AS p,
    if(spend_ok, maxOrNullIf(value, model = 'gamma_gamma' AND newest AND parameter = 'q'), NULL) AS q,
    if(spend_ok, maxOrNullIf(value, model = 'gamma_gamma' AND newest AND parameter = 'gamma'), NULL) AS gamma
FROM
(
    SELECT toString(model) AS model, parameter, value, as_of = max(as_of) OVER (PARTITION BY model) AS newest
    FROM footfall.models FINAL
    WHERE site = {site:String} AND model IN ('bg_nbd', 'gamma_gamma') AND models.as_of <= toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String}))
);
