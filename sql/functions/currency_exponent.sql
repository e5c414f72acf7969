-- Returns: how many decimals a currency's minor unit has (ISO 4217): 2 unless listed.
CREATE OR REPLACE FUNCTION currency_exponent AS (code) -> transform(
    toString(code),
    ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF',
     'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND',
     'CLF', 'UYW'],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
     3, 3, 3, 3, 3, 3, 3,
     4, 4],
    2);
