-- Returns: how many decimals a currency's minor unit has (ISO 4217): 2 unless listed. A constant for a constant code.
CREATE OR REPLACE FUNCTION currency_exponent AS (code) ->
    if(has(
        ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
        code), 0,
    if(has(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], code), 3,
    if(has(['CLF', 'UYW'], code), 4, 2)));
