select * from footfall.payback(site = 'shop', since = '2026-08-15', until = '2026-08-01', by = '')
