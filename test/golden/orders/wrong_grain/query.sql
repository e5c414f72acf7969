select * from footfall.orders(site = 'shop', since = '2026-11-01', until = '2026-11-03', grain = 'hour', by = '')
