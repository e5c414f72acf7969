-- Returns: what an amount in minor units of one currency is multiplied by to be one in minor units of another, by a rate
-- between their major units.
CREATE OR REPLACE FUNCTION minor_rate AS (rate, from_currency, to_currency) ->
    rate * exp10(currency_exponent(to_currency) - currency_exponent(from_currency));
