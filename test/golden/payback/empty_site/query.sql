select cohort, cac from footfall.payback(site = 'shop', since = '2026-08-01', until = '2026-08-31', by = '')
