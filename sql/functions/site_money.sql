-- Returns: minor units of a site's currency as a Decimal in its major units, exactly: 12345 → 123.45 (USD), 12345 (JPY).
-- `site` must be a constant, or the scale is wrong without an error.
CREATE OR REPLACE FUNCTION site_money AS (site, minor) ->
    toDecimal128(minor, currency_exponent(site_currency(site))) / toInt64(exp10(currency_exponent(site_currency(site))));
