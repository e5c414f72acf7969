select * from footfall.traffic(site = 'shop', since = '2026-11-03', until = '2026-11-03', grain = 'day', by = 'variation:e9')
