select metric, at, value, expected, low, high, score, direction, alarm, weeks from footfall.anomalies(site = 'shop', as_of = '2026-11-03 10:59:59', grain = 'hour') where metric = 'sessions'
